// How somebody who looks elsewhere learns of an answer: the page's title, a sound they asked for, a screen reader's voice.
const COUNTED = /^\(\d+\) /;

/** "(2) The page's title" while two lines wait. */
function countInTitle(count) {
  const bare = document.title.replace(COUNTED, "");
  const wanted = count ? `(${count}) ${bare}` : bare;
  if (document.title !== wanted && (count || COUNTED.test(document.title))) document.title = wanted;
}

/** Two soft tones; off until the visitor wants them. */
class Sound {
  constructor({store}) {
    Object.assign(this, {store, player: null});
  }

  get on() {
    return Boolean(this.store.get("sound"));
  }

  toggle() {
    this.store.set("sound", this.on ? null : true);
    if (this.on) this.play();
  }

  async play() {
    if (!this.on || !globalThis.AudioContext) return;
    try {
      this.player ??= new AudioContext();
      if (this.player.state === "suspended") await this.player.resume();
      this.tone(660, 0);
      this.tone(880, 0.13);
    } catch {
      // The browser lets no page sound before somebody has touched it.
    }
  }

  tone(pitch, after) {
    const start = this.player.currentTime + after;
    const loudness = this.player.createGain();
    loudness.gain.setValueAtTime(0.0001, start);
    loudness.gain.exponentialRampToValueAtTime(0.08, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.22);
    const tone = this.player.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(loudness).connect(this.player.destination);
    tone.start(start);
    tone.stop(start + 0.25);
  }
}

/** A place that screen readers read out when it changes. */
class Voice {
  constructor() {
    this.node = make("div", {class: "unseen", "aria-live": "polite", "aria-atomic": "false"});
  }

  say(words) {
    const said = make("p", {text: words});
    this.node.append(said);
    setTimeout(() => said.remove(), 10_000);
  }
}
