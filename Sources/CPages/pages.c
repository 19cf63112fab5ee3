#include "CPages.h"

// Every file of Sources/Console/Pages: its bytes here, and a line in the table.

static const unsigned char api_js[] = {
#embed "../Console/Pages/api.js"
};

static const unsigned char box_js[] = {
#embed "../Console/Pages/box.js"
};

static const unsigned char cluster_js[] = {
#embed "../Console/Pages/cluster.js"
};

static const unsigned char curve_js[] = {
#embed "../Console/Pages/curve.js"
};

static const unsigned char cycle_js[] = {
#embed "../Console/Pages/cycle.js"
};

static const unsigned char diff_js[] = {
#embed "../Console/Pages/diff.js"
};

static const unsigned char dom_js[] = {
#embed "../Console/Pages/dom.js"
};

static const unsigned char evaluation_js[] = {
#embed "../Console/Pages/evaluation.js"
};

static const unsigned char export_js[] = {
#embed "../Console/Pages/export.js"
};

static const unsigned char filters_js[] = {
#embed "../Console/Pages/filters.js"
};

static const unsigned char format_js[] = {
#embed "../Console/Pages/format.js"
};

static const unsigned char frame_css[] = {
#embed "../Console/Pages/frame.css"
};

static const unsigned char going_js[] = {
#embed "../Console/Pages/going.js"
};

static const unsigned char heat_js[] = {
#embed "../Console/Pages/heat.js"
};

static const unsigned char icon_svg[] = {
#embed "../Console/Pages/icon.svg"
};

static const unsigned char item_js[] = {
#embed "../Console/Pages/item.js"
};

static const unsigned char json_js[] = {
#embed "../Console/Pages/json.js"
};

static const unsigned char keys_js[] = {
#embed "../Console/Pages/keys.js"
};

static const unsigned char login_html[] = {
#embed "../Console/Pages/login.html"
};

static const unsigned char login_js[] = {
#embed "../Console/Pages/login.js"
};

static const unsigned char models_css[] = {
#embed "../Console/Pages/models.css"
};

static const unsigned char models_html[] = {
#embed "../Console/Pages/models.html"
};

static const unsigned char models_js[] = {
#embed "../Console/Pages/models.js"
};

static const unsigned char progress_js[] = {
#embed "../Console/Pages/progress.js"
};

static const unsigned char queue_js[] = {
#embed "../Console/Pages/queue.js"
};

static const unsigned char review_css[] = {
#embed "../Console/Pages/review.css"
};

static const unsigned char review_html[] = {
#embed "../Console/Pages/review.html"
};

static const unsigned char review_js[] = {
#embed "../Console/Pages/review.js"
};

static const unsigned char sides_js[] = {
#embed "../Console/Pages/sides.js"
};

static const unsigned char standing_js[] = {
#embed "../Console/Pages/standing.js"
};

static const unsigned char tables_js[] = {
#embed "../Console/Pages/tables.js"
};

static const unsigned char text_js[] = {
#embed "../Console/Pages/text.js"
};

static const unsigned char tokens_css[] = {
#embed "../Console/Pages/tokens.css"
};

static const unsigned char trail_js[] = {
#embed "../Console/Pages/trail.js"
};

static const unsigned char visitor_js[] = {
#embed "../Console/Pages/visitor.js"
};

static const unsigned char words_js[] = {
#embed "../Console/Pages/words.js"
};

static const struct understudy_page table[] = {
    {"api.js", api_js, sizeof api_js},
    {"box.js", box_js, sizeof box_js},
    {"cluster.js", cluster_js, sizeof cluster_js},
    {"curve.js", curve_js, sizeof curve_js},
    {"cycle.js", cycle_js, sizeof cycle_js},
    {"diff.js", diff_js, sizeof diff_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"evaluation.js", evaluation_js, sizeof evaluation_js},
    {"export.js", export_js, sizeof export_js},
    {"filters.js", filters_js, sizeof filters_js},
    {"format.js", format_js, sizeof format_js},
    {"frame.css", frame_css, sizeof frame_css},
    {"going.js", going_js, sizeof going_js},
    {"heat.js", heat_js, sizeof heat_js},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"item.js", item_js, sizeof item_js},
    {"json.js", json_js, sizeof json_js},
    {"keys.js", keys_js, sizeof keys_js},
    {"login.html", login_html, sizeof login_html},
    {"login.js", login_js, sizeof login_js},
    {"models.css", models_css, sizeof models_css},
    {"models.html", models_html, sizeof models_html},
    {"models.js", models_js, sizeof models_js},
    {"progress.js", progress_js, sizeof progress_js},
    {"queue.js", queue_js, sizeof queue_js},
    {"review.css", review_css, sizeof review_css},
    {"review.html", review_html, sizeof review_html},
    {"review.js", review_js, sizeof review_js},
    {"sides.js", sides_js, sizeof sides_js},
    {"standing.js", standing_js, sizeof standing_js},
    {"tables.js", tables_js, sizeof tables_js},
    {"text.js", text_js, sizeof text_js},
    {"tokens.css", tokens_css, sizeof tokens_css},
    {"trail.js", trail_js, sizeof trail_js},
    {"visitor.js", visitor_js, sizeof visitor_js},
    {"words.js", words_js, sizeof words_js},
};

const struct understudy_page *const understudy_pages = table;
const size_t understudy_page_count = sizeof table / sizeof *table;
