// The widget's place in a foreign page: a shadow root of its own, the page's direction, the theme, the phone's keyboard.
const WHOLE = "(max-width: 480px), (max-height: 420px)";

class Frame {
  /** `options`: what the script's element says: theme, position, direction. */
  constructor(options) {
    this.options = options;
    this.host = document.createElement("sportello-chat");
    this.shadow = this.host.attachShadow({mode: "open"});
    this.root = make("div", {class: "root"});
    this.shadow.append(this.root);
    this.dressed(CSS);
    this.narrow = matchMedia(WHOLE);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.dress(this.offer));
    // The page's own shortcuts are for those who do not write just now.
    for (const name of ["keydown", "keypress", "keyup"]) this.root.addEventListener(name, (event) => event.stopPropagation());
    globalThis.visualViewport?.addEventListener("resize", () => this.fit());
    globalThis.visualViewport?.addEventListener("scroll", () => this.fit());
  }

  /** Whether the sheet covers the page. */
  get whole() {
    return this.narrow.matches;
  }

  // A style sheet made in script needs no permission of the page's policy; a <style> would.
  dressed(css) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      this.shadow.adoptedStyleSheets = [sheet];
    } catch {
      this.shadow.prepend(make("style", {text: css}));
    }
  }

  /** Stand in the page, and stay there when it exchanges its body. */
  show(...nodes) {
    this.root.replaceChildren(...nodes);
    const stand = () => {
      if (!this.gone && document.body && !this.host.isConnected) document.body.append(this.host);
    };
    stand();
    new MutationObserver(stand).observe(document.documentElement, {childList: true});
  }

  remove() {
    this.gone = true;
    this.host.remove();
  }

  /** Colours, theme, side and direction. */
  dress(offer) {
    if (!offer) return;
    this.offer = offer;
    const wish = this.options.theme || offer.theme;
    const theme = ["light", "dark"].includes(wish) ? wish : this.dark.matches ? "dark" : "light";
    this.root.dataset.theme = theme;
    this.root.dataset.side = (this.options.position || offer.position) === "start" ? "start" : "end";
    this.root.dir = this.options.direction || getComputedStyle(document.body || document.documentElement).direction;
    for (const [name, value] of Object.entries(palette(offer.colour, theme))) this.root.style.setProperty(name, value);
  }

  /** On a phone the sheet ends where the keyboard begins. */
  fit() {
    const view = globalThis.visualViewport;
    const open = view && this.whole && view.height < innerHeight - 80 && view.scale < 1.1;
    this.root.style.setProperty("--height", open ? `${view.height}px` : "");
    this.root.style.setProperty("--top", open ? `${view.offsetTop}px` : "");
  }
}
