/// The two wire languages of OpenAI's completions.
enum Dialect: Equatable {
    case chat, completions
}
