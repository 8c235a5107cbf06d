// Returns the whole visible text of the page, including shadow trees. Code is left out,
// because code is not translated.
window.visibleText = () => {
  const words = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { width, height } = range.getBoundingClientRect();
      const shown = node.parentElement?.checkVisibility({ visibilityProperty: true });
      if (node.data.trim() && width && height && shown !== false) words.push(node.data.trim());
      return;
    }
    if (["STYLE", "SCRIPT", "TEMPLATE", "CODE", "PRE"].includes(node.nodeName)) return;
    if (node.nodeName === "HA-CODE-EDITOR") return;
    const slotted = node.nodeName === "SLOT" ? node.assignedNodes({ flatten: true }) : [];
    const children = slotted.length ? slotted : (node.shadowRoot ?? node).childNodes;
    for (const child of children) walk(child);
  };
  walk(document.body);
  return words.join("\n");
};
// Ignores spaces, because bold words and links are separate nodes.
window.shows = (text) => window.visibleText().replace(/\s/g, "").includes(text);
