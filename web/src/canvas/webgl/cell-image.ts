/** What is seen of the canvas with one pixel per cell, from which the screen is enlarged. */

import { Damage } from '../damage';
import { type Box, type Size, type Viewport, visibleQuad } from '../viewport';
import { UNITS } from './cell-textures';
import type { Target } from './programs';

/** The image grows by steps of this many cells, so that a zoom does not make a new one a frame. */
const GROWTH = 256;

/** Cells around those that are seen, so that the filter never reads beyond the image. */
const MARGIN = 1;

/** An image of cells. Its content is what the last frame showed. */
export class CellImage {
  private readonly gl: WebGL2RenderingContext;
  private readonly framebuffer: WebGLFramebuffer;
  private texture: WebGLTexture | null = null;
  private side: Size = { width: 0, height: 0 };
  private box: Box = { left: 0, top: 0, right: 0, bottom: 0 };

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.framebuffer = gl.createFramebuffer();
  }

  /**
   * Makes the image of a box of cells the target of drawing. `null` when nothing is to be drawn in
   * it: all of `changed` lies elsewhere. Without `changed` all of it is drawn.
   */
  begin(box: Box, canvas: Size, changed: readonly Box[] | null): Target | null {
    const { gl } = this;
    const width = box.right - box.left;
    const height = box.bottom - box.top;
    const isWhole = this.reserve({ width, height }) || changed === null;
    const damage = new Damage({ width, height });
    if (isWhole) {
      damage.addAll();
    } else {
      for (const { left, top, right, bottom } of changed) {
        damage.add({
          left: left - box.left,
          top: top - box.top,
          right: right - box.left,
          bottom: bottom - box.top,
        });
      }
    }
    this.box = box;
    if (damage.isEmpty) {
      return null;
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.viewport(0, 0, width, height);
    const viewport = {
      centerX: (box.left + box.right) / 2,
      centerY: (box.top + box.bottom) / 2,
      zoom: 1,
      angle: 0,
      width,
      height,
    };
    const boxes = damage.boxes();
    return { viewport, pixelRatio: 1, size: canvas, boxes, isWhole, isScreen: false };
  }

  /** Makes the screen the target again. */
  end(): void {
    this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, null);
  }

  /** Binds the image for reading; `isExact` reads single cells, without any mean. */
  bind(isExact: boolean): { box: Box; side: Size } {
    const { gl } = this;
    const filter = isExact ? gl.NEAREST : gl.LINEAR;
    gl.activeTexture(gl.TEXTURE0 + UNITS.image);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    return { box: this.box, side: this.side };
  }

  dispose(): void {
    this.gl.deleteTexture(this.texture);
    this.gl.deleteFramebuffer(this.framebuffer);
  }

  /** Makes room for this many cells; whether the old content is gone. */
  private reserve(size: Size): boolean {
    const { gl, side } = this;
    if (size.width <= side.width && size.height <= side.height) {
      return false;
    }
    const grown = {
      width: Math.ceil(Math.max(size.width, side.width) / GROWTH) * GROWTH,
      height: Math.ceil(Math.max(size.height, side.height) / GROWTH) * GROWTH,
    };
    gl.deleteTexture(this.texture);
    this.side = grown;
    this.texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + UNITS.image);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, grown.width, grown.height);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.framebufferTexture2D(
      gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0,
    );
    return true;
  }
}

/** The cells that an image needs for a view, those beside the canvas included. */
export function imageBox(view: Viewport): Box {
  const corners = visibleQuad(view);
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  return {
    left: Math.floor(Math.min(...xs)) - MARGIN,
    top: Math.floor(Math.min(...ys)) - MARGIN,
    right: Math.ceil(Math.max(...xs)) + MARGIN,
    bottom: Math.ceil(Math.max(...ys)) + MARGIN,
  };
}
