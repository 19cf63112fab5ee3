// One key a decision, no chords, and none of them while somebody writes. Bound by `KeyboardEvent.key`: what the key
// says, wherever the layout has it.

const fields = "input, textarea, select, [contenteditable]";

/**
 * @param actions from a key, in lower case, to what it does
 * @param isOpen whether keys mean decisions now: no dialog is open
 */
export function listen(actions, isOpen) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const isWriting = event.target instanceof Element && event.target.closest(fields);
    if (isWriting) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!isOpen()) return;
    const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    // A key that is held down decides once.
    if (!event.repeat) act(event);
  });
}
