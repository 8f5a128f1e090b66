// What a bubble can hold besides words: files, places, address cards, orders.

import { element, icon } from "./dom.js";

const ICONS = { image: "image", video: "camera-video", audio: "mic", voice: "mic", document: "file-earmark", sticker: "sticky" };

export function attachment(shown, provider) {
  const { kind, media, link, label } = shown;
  if (!media) {
    // A link is not followed by the sandbox; WhatsApp would show the file itself.
    return element("span", { class: "label" }, icon(ICONS[kind] ?? "paperclip"), link ?? label ?? kind);
  }
  const url = `/api/${provider}/media/${encodeURIComponent(media.id)}`;
  const name = label ?? media.filename ?? kind;
  if (kind === "image" || kind === "sticker") return picture(kind, url, name, media);
  if (kind === "video") return element("video", { class: "film", src: url, controls: true, preload: "metadata", title: name });
  if (kind === "audio" || kind === "voice") {
    return element("div", { class: "sound" }, icon("mic"), element("audio", { src: url, controls: true, preload: "none", title: name }));
  }
  return file(url, name, media);
}

function picture(kind, url, name, media) {
  const image = element("img", { class: kind === "sticker" ? "sticker" : "picture", src: url, alt: name });
  // What is no picture after all, or is forgotten by now, is offered as a file.
  image.addEventListener("error", () => image.replaceWith(file(url, name, media)));
  return image;
}

function file(url, name, media) {
  const about = `${(media.filename ?? "").split(".").pop()?.toUpperCase() || media.mime_type} · ${size(media.size)}`;
  return element("a", { class: "file", href: url, download: media.filename ?? "", title: media.mime_type },
    icon("file-earmark"), element("span", {}, element("b", {}, name), element("small", {}, about)), icon("download"));
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${Math.round(kilobytes)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

export function place({ latitude, longitude, name, address }) {
  const point = `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`;
  return element("div", { class: "place" },
    element("div", { class: "map", "aria-hidden": "true" }, icon("geo-alt")),
    element("b", {}, name || point), address ? element("span", {}, address) : null, name ? element("small", {}, point) : null);
}

export function cards({ cards: people, media, label }, provider) {
  // Twilio carries a card as a file.
  if (!people) return media ? file(`/api/${provider}/media/${encodeURIComponent(media.id)}`, label, media) : null;
  return element("div", { class: "cards" }, ...people.map(({ name, phones, emails, organisation }) => element(
    "div", { class: "person-card" },
    element("span", { class: "avatar", "aria-hidden": "true" }, icon("person-fill")),
    element("span", {}, element("b", {}, name), ...[organisation, ...(phones ?? []), ...(emails ?? [])].filter(Boolean).map((line) => element("small", {}, line))),
  )));
}

export function order({ items }) {
  const money = (amount, currency) => new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
  return element("div", { class: "order" },
    element("span", { class: "label" }, icon("cart3"), `Order, ${items.length} ${items.length === 1 ? "item" : "items"}`),
    ...items.map((item) => element("span", { class: "order-line" },
      element("span", {}, `${item.quantity} × ${item.product_retailer_id}`), element("span", {}, money(item.item_price * item.quantity, item.currency)))));
}
