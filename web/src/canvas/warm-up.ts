/** Lets the GPU begin with what was drawn, though nobody sees it yet. */

/** `host` is a canvas manager's, which has drawn there. */
export function workOffDrawing(host: HTMLElement): void {
  const gl = host.querySelector('canvas')?.getContext('webgl2') ?? null;
  if (gl === null) {
    return;
  }
  // A copy of one pixel needs the drawing done; without it drivers wait for more.
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
  gl.bufferData(gl.PIXEL_PACK_BUFFER, 4, gl.STREAM_READ);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, 0);
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
  gl.deleteBuffer(buffer);
  gl.flush();
}
