// Everything that can be read on the page, shadow trees included. Code is left out: it is
// not translated.
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
// Bold words and links are pieces of their own, so spaces tell nothing.
window.shows = (text) => window.visibleText().replace(/\s/g, "").includes(text);
