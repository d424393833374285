/** Two soft sounds, synthesised: someone joined, a message came. Silent until the visitor has acted here. */

const VOLUME = 0.06;
const NOTES = { joined: [523, 784], message: [660] } as const;
const NOTE_S = 0.14;

let context: AudioContext | null = null;

/** Browsers allow sound only after a gesture: call this inside one. */
export function allowSound(): void {
  context ??= typeof AudioContext === "undefined" ? null : new AudioContext();
  void context?.resume();
}

export function play(sound: keyof typeof NOTES): void {
  if (context?.state !== "running") return;
  NOTES[sound].forEach((frequency, place) => {
    const at = (context as AudioContext).currentTime + place * NOTE_S;
    const tone = new OscillatorNode(context as AudioContext, { frequency, type: "sine" });
    const gain = new GainNode(context as AudioContext, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(VOLUME, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_S * 2);
    tone.connect(gain).connect((context as AudioContext).destination);
    tone.start(at);
    tone.stop(at + NOTE_S * 2);
  });
}
