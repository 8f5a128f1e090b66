// Voice messages: recorded here, sent as a file. Of what browsers can record, the kind most channels take comes first.
import {text} from "../texts.js";

const KINDS = [["audio/ogg;codecs=opus", "ogg"], ["audio/mp4;codecs=mp4a.40.2", "m4a"], ["audio/webm;codecs=opus", "webm"]];
const LONGEST = 10 * 60_000;

export class Voice {
  constructor(box, take) {
    this.box = box;
    this.take = take;
  }

  async start() {
    if (this.recorder) return;
    const kind = globalThis.MediaRecorder && KINDS.find(([type]) => MediaRecorder.isTypeSupported(type));
    if (!kind || !navigator.mediaDevices) {
      this.box.alert(text("This browser cannot record sound here. Record it elsewhere and attach the file."));
      return;
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({audio: true});
    } catch {
      this.box.alert(text("The microphone cannot be used. Allow it for this page in the browser, then try again."));
      return;
    }
    if (!this.box.isConnected) { stream.getTracks().forEach((track) => track.stop()); return; }
    const pieces = [];
    this.recorder = new MediaRecorder(stream, {mimeType: kind[0]});
    this.recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    this.recorder.addEventListener("stop", () => {
      stream.getTracks().forEach((track) => track.stop());
      this.ended();
      const type = kind[0].split(";")[0];
      if (this.wanted && pieces.length) this.take(new File(pieces, `${text("voice message")}.${kind[1]}`, {type}));
    });
    this.wanted = true;
    this.recorder.start(1000);
    this.began = Date.now();
    this.timer = setInterval(() => this.tick(), 250);
    this.box.part("voice").hidden = false;
    this.box.part("voice").querySelector('[data-do="voice-stop"]').focus();
  }

  stop() { this.recorder?.stop(); }

  cancel() {
    this.wanted = false;
    this.recorder?.stop();
  }

  tick() {
    const passed = Date.now() - this.began;
    const seconds = Math.floor(passed / 1000);
    this.box.part("voice-time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (passed > LONGEST) this.stop();
  }

  ended() {
    clearInterval(this.timer);
    this.recorder = null;
    this.box.part("voice").hidden = true;
  }
}
