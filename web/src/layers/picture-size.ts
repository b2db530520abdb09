/** How large a picture is, by the first bytes of its file: before anything of it is decoded. */

/** In pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The size of a PNG, GIF, WebP or JPEG; `null` for whatever else, and for none. */
export function pictureSize(bytes: Uint8Array<ArrayBuffer>): PictureSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = sizeOfPng(view) ?? sizeOfGif(view) ?? sizeOfWebp(view) ?? sizeOfJpeg(view);
    return size !== null && size.width > 0 && size.height > 0 ? size : null;
  } catch (error) {
    if (error instanceof RangeError) {
      // The file ends before it tells.
      return null;
    }
    throw error;
  }
}

/** PNG, third edition, §5.2 and §11.2.1. */
function sizeOfPng(view: DataView): PictureSize | null {
  return textAt(view, 0, 8) === '\x89PNG\r\n\x1a\n' && textAt(view, 12, 4) === 'IHDR'
    ? { width: view.getUint32(16), height: view.getUint32(20) }
    : null;
}

/** GIF89a, §17 and §18. */
function sizeOfGif(view: DataView): PictureSize | null {
  return ['GIF87a', 'GIF89a'].includes(textAt(view, 0, 6))
    ? { width: view.getUint16(6, true), height: view.getUint16(8, true) }
    : null;
}

/** RFC 9649: three forms, told apart by the first chunk after the 12 bytes of RIFF. */
function sizeOfWebp(view: DataView): PictureSize | null {
  if (textAt(view, 0, 4) !== 'RIFF' || textAt(view, 8, 4) !== 'WEBP') {
    return null;
  }
  switch (textAt(view, 12, 4)) {
    case 'VP8 ':
      return textAt(view, 23, 3) === '\x9d\x01*'
        ? { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
        : null;
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return view.getUint8(20) === 0x2f
        ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
        : null;
    }
    case 'VP8X':
      return { width: threeBytes(view, 24) + 1, height: threeBytes(view, 27) + 1 };
    default:
      return null;
  }
}

/** Kinds of JPEG segments that begin with C but begin no frame: DHT, JPG and DAC. */
const NO_FRAMES: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);

/** ITU-T T.81, annex B: the frame's header is behind any number of other segments. */
function sizeOfJpeg(view: DataView): PictureSize | null {
  if (view.getUint16(0) !== 0xffd8) {
    return null;
  }
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const kind = view.getUint8(at + 1);
    if (kind === 0xff) {
      // A marker may begin with any number of such bytes.
      at += 1;
    } else if (kind >= 0xc0 && kind <= 0xcf && !NO_FRAMES.has(kind)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return null;
}

function threeBytes(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

/** Bytes as characters of the same numbers; fewer where the file ends. */
function textAt(view: DataView, at: number, length: number): string {
  const start = Math.min(view.byteOffset + at, view.byteOffset + view.byteLength);
  const end = Math.min(start + length, view.byteOffset + view.byteLength);
  return String.fromCharCode(...new Uint8Array(view.buffer, start, end - start));
}
