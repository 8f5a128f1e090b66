// The desk's own colour: which text can be read on it, and how it must change to be read as text.
const GROUNDS = {light: "#ffffff", dark: "#171c24"};
// A little more than WCAG asks, for texts on grounds that have some of the colour themselves.
const READABLE = 5.2;

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function luminance(hex) {
  const [red, green, blue] = channels(hex).map((each) => each / 255).map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast of two colours as WCAG counts it, 1 to 21. */
function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function mixed(hex, other, share) {
  const far = channels(other);
  return `#${channels(hex).map((each, at) => Math.round(each + (far[at] - each) * share).toString(16).padStart(2, "0")).join("")}`;
}

/** White or nearly black, whichever is read better on a colour. */
const textOn = (hex) => (contrast(hex, "#ffffff") >= contrast(hex, "#10141a") ? "#ffffff" : "#10141a");

/** The colour itself, or as much lighter or darker as it takes to be read as text on a ground. */
function readable(hex, ground) {
  const towards = textOn(ground);
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mixed(hex, towards, share);
    if (contrast(tried, ground) >= READABLE) return tried;
  }
  return towards;
}

/** The colours that go with the desk's own one in a theme, as custom properties. */
function palette(colour, theme) {
  const own = /^#[0-9a-f]{6}$/i.test(colour || "") ? colour : "#0f766e";
  // A bubble as dark as the sheet behind it would be a text without a bubble.
  const ground = contrast(own, GROUNDS[theme]) < 1.35 ? mixed(own, textOn(GROUNDS[theme]), 0.22) : own;
  return {"--accent": ground, "--on-accent": textOn(ground), "--link": readable(own, GROUNDS[theme])};
}
