/** Sounds of the game, made here without files, and the bound on how many signs there are. */

/** What a sign is about. */
export type Sign = 'placed' | 'ready' | 'refused' | 'turn';

/** One tone: when it begins after the sign, and how long it lasts, in seconds. */
interface Tone {
  readonly hz: number;
  readonly at: number;
  readonly lasts: number;
}

/** A short tick for what happens all the time, a rising call for what is waited for. */
const TONES: Readonly<Record<Sign, readonly Tone[]>> = {
  placed: [{ hz: 620, at: 0, lasts: 0.07 }],
  ready: [{ hz: 740, at: 0, lasts: 0.09 }, { hz: 988, at: 0.09, lasts: 0.12 }],
  refused: [{ hz: 220, at: 0, lasts: 0.1 }, { hz: 175, at: 0.1, lasts: 0.14 }],
  turn: [
    { hz: 660, at: 0, lasts: 0.14 },
    { hz: 880, at: 0.14, lasts: 0.14 },
    { hz: 1_175, at: 0.28, lasts: 0.2 },
  ],
};

const VOLUME = 0.1;

/** A tone swells and fades this long, in seconds: without that it clicks. */
const EDGE_S = 0.012;

/** No two signs of a kind come closer than this, in milliseconds. */
export const SAME_SIGN_MS = 120;

/** Signs in `WINDOW_MS` at most, of all kinds. */
export const WINDOW_SIGNS = 8;

/** The span over which signs are counted, in milliseconds. */
export const WINDOW_MS = 2_000;

/** Bounds how often signs are given, so that no burst of placements becomes a noise. */
export class SignRate {
  private given: { readonly sign: Sign; readonly at: number }[] = [];

  /** Whether a sign may be given at `now` (ms); the answer yes counts as given. */
  allows(sign: Sign, now: number): boolean {
    this.given = this.given.filter(({ at }) => now - at < WINDOW_MS);
    const isRepeated = this.given.some((one) => one.sign === sign && now - one.at < SAME_SIGN_MS);
    if (isRepeated || this.given.length >= WINDOW_SIGNS) {
      return false;
    }
    this.given.push({ sign, at: now });
    return true;
  }
}

/** Sounds by the device; one without sound stays silent. */
export class Sounds {
  private audio: AudioContext | null = null;

  /** Makes sound possible; browsers want this done during a touch, a click or a key press. */
  unlock(): void {
    try {
      this.audio ??= new AudioContext();
    } catch {
      // No sound device, which is no error.
      return;
    }
    if (this.audio.state === 'suspended') {
      this.audio.resume().catch(() => undefined);
    }
  }

  /** Plays a sign's tones, as far as the device can. */
  play(sign: Sign): void {
    if (this.audio?.state === 'running') {
      TONES[sign].forEach((tone) => { ring(this.audio, tone); });
    }
  }

  /** Lets go of the sound device. */
  dispose(): void {
    this.audio?.close().catch(() => undefined);
    this.audio = null;
  }
}

function ring(audio: AudioContext | null, { hz, at, lasts }: Tone): void {
  if (audio === null) {
    return;
  }
  const begin = audio.currentTime + at;
  const end = begin + lasts;
  const volume = audio.createGain();
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(VOLUME, begin + EDGE_S);
  volume.gain.setValueAtTime(VOLUME, end - EDGE_S);
  volume.gain.linearRampToValueAtTime(0, end);
  volume.connect(audio.destination);
  const tone = audio.createOscillator();
  tone.type = 'triangle';
  tone.frequency.value = hz;
  tone.connect(volume);
  tone.start(begin);
  tone.stop(end);
}
