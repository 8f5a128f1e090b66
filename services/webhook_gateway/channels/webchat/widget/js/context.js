// Where the visitor is on the site: told only when the desk asks for it, and never what stands after a #.
const MOST_PAGES = 20;
const CAMPAIGN = /^utm_(.{1,40})$/;

class Context {
  constructor({store, receipts}) {
    Object.assign(this, {store, receipts, at: ""});
  }

  /** Begin to follow the visitor, on pages that load and on those that only change their address. */
  start() {
    if (this.at) return;
    if (!this.store.get("visit")) this.store.set("visit", {referrer: outside(document.referrer), pages: [], campaign: campaign()});
    this.look(true);
    for (const name of ["popstate", "hashchange", "focus"]) addEventListener(name, () => this.look());
    globalThis.navigation?.addEventListener?.("navigatesuccess", () => setTimeout(() => this.look(), 100));
  }

  look(first = false) {
    const url = bare(location.href);
    if (!this.at && !first || url === this.at) return;
    this.at = url;
    const page = {url, title: document.title.slice(0, 300), at: new Date().toISOString()};
    const visit = this.visit();
    if (visit.pages[visit.pages.length - 1]?.url !== url) {
      visit.pages = [...visit.pages, page].slice(-MOST_PAGES);
      this.store.set("visit", visit);
    }
    this.receipts.page({url, title: page.title});
  }

  /** What is known of the visit, for a message: nothing before the desk asked for it. */
  visit() {
    return this.store.get("visit") || {referrer: "", pages: [], campaign: {}};
  }
}

const bare = (address) => address.split("#")[0].slice(0, 2_000);

function outside(referrer) {
  return referrer && !referrer.startsWith(`${location.origin}/`) ? bare(referrer) : "";
}

function campaign() {
  const found = {};
  for (const [name, value] of new URLSearchParams(location.search)) {
    const key = CAMPAIGN.exec(name)?.[1];
    if (key && Object.keys(found).length < 10) found[key] = value.slice(0, 300);
  }
  return found;
}
