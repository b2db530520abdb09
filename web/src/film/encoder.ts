/** Makes a video file of frames, by the encoders of the browser. */

import {
  BufferTarget, getFirstEncodableVideoCodec, Mp4OutputFormat, Output, Quality, VideoSample,
  VideoSampleSource, WebMOutputFormat, type VideoCodec,
} from 'mediabunny';

import type { FrameSize } from './layout';
import { MAX_FILE_BYTES } from './limits';
import { type BrowserFormat, FilmError } from './order';

/** What players of each form take, the best first. */
const CODECS: Readonly<Record<BrowserFormat, readonly VideoCodec[]>> = {
  mp4: ['avc'],
  webm: ['vp9', 'vp8'],
};

const TYPES: Readonly<Record<BrowserFormat, string>> = { mp4: 'video/mp4', webm: 'video/webm' };

/** A player can begin at every so many seconds. */
const KEY_FRAME_SECONDS = 2;

/** What `FilmPicture` draws. */
const COLOR_SPACE = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };

/** One film, frame by frame. */
export class FilmEncoder {
  private readonly output: Output<Mp4OutputFormat | WebMOutputFormat, BufferTarget>;
  private readonly source: VideoSampleSource;
  private readonly format: BrowserFormat;
  private readonly size: FrameSize;
  private readonly framesPerSecond: number;
  private bytes = 0;
  private frames = 0;

  private constructor(
    format: BrowserFormat, size: FrameSize, framesPerSecond: number, codec: VideoCodec,
  ) {
    this.format = format;
    this.size = size;
    this.framesPerSecond = framesPerSecond;
    this.output = new Output({
      format: format === 'mp4' ? new Mp4OutputFormat() : new WebMOutputFormat(),
      target: new BufferTarget(),
    });
    this.source = new VideoSampleSource({
      codec,
      quality: new Quality('high'),
      keyFrameInterval: KEY_FRAME_SECONDS,
      onEncodedPacket: ({ byteLength }) => { this.bytes += byteLength; },
    });
    this.output.addVideoTrack(this.source, { frameRate: framesPerSecond });
  }

  /** @throws {FilmError} `unsupported` when the browser encodes no video of that form and size. */
  static async begin(
    format: BrowserFormat, size: FrameSize, framesPerSecond: number,
  ): Promise<FilmEncoder> {
    const codec = await getFirstEncodableVideoCodec([...CODECS[format]], {
      ...size, quality: new Quality('high'), frameRate: framesPerSecond,
    });
    if (codec === null) {
      throw new FilmError('unsupported', `${format} of ${size.width}x${size.height}`);
    }
    const encoder = new FilmEncoder(format, size, framesPerSecond, codec);
    await encoder.output.start();
    return encoder;
  }

  /**
   * Adds the planes (I420) of the next frame, and waits while the browser's encoder is behind.
   * @throws {FilmError} `too-large` when the file is.
   */
  async add(planes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.bytes > MAX_FILE_BYTES) {
      await this.output.cancel();
      throw new FilmError('too-large', `more than ${MAX_FILE_BYTES} bytes`);
    }
    const sample = new VideoSample(planes, {
      format: 'I420',
      codedWidth: this.size.width,
      codedHeight: this.size.height,
      timestamp: this.frames / this.framesPerSecond,
      duration: 1 / this.framesPerSecond,
      colorSpace: COLOR_SPACE as VideoColorSpaceInit,
    });
    this.frames += 1;
    await this.source.add(sample);
    sample.close();
  }

  /** The file and its media type. */
  async finish(): Promise<{ bytes: ArrayBuffer; type: string }> {
    await this.output.finalize();
    const { buffer } = this.output.target;
    if (buffer === null) {
      throw new FilmError('fault', 'the encoder made no file');
    }
    return { bytes: buffer, type: TYPES[this.format] };
  }
}
