/** Programs in their variants, and filling the boxes of a target with them. */

import { type Box, inverseMatrix, type Size, type Viewport } from '../viewport';
import { Program } from './program';
import { CELLS_SHADER, MAGNIFY_SHADER } from './shaders';

/** What is drawn into: the screen, or the image of one pixel per cell. */
export interface Target {
  readonly viewport: Viewport;
  /** Device pixels per CSS pixel. */
  readonly pixelRatio: number;
  /** The canvas in cells. */
  readonly size: Size;
  /** Boxes of pixels to be drawn, without overlaps: what is blended must be so once. */
  readonly boxes: readonly Box[];
  /** Whether the boxes are all of it. */
  readonly isWhole: boolean;
  /** The screen's rows run downwards, against those of GL; an image's as GL's do. */
  readonly isScreen: boolean;
}

/** Where the vertex shader reads an instance's box: left, top, right and bottom. */
const BOX_ATTRIBUTE = 0;
const CORNER_FLOATS = 4;

/** All programs of one context; each variant is built when it is first used. */
export class Programs {
  private readonly gl: WebGL2RenderingContext;
  private readonly built = new Map<string, Program | null>();
  private readonly buffer: WebGLBuffer;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.enableVertexAttribArray(BOX_ATTRIBUTE);
    gl.vertexAttribPointer(BOX_ATTRIBUTE, CORNER_FLOATS, gl.FLOAT, false, 0, 0);
    gl.vertexAttribDivisor(BOX_ATTRIBUTE, 1);
  }

  /** Whether the programs without which nothing can be shown can be built here. */
  isUsable(): boolean {
    return this.get(CELLS_SHADER, []) !== null && this.get(MAGNIFY_SHADER, []) !== null;
  }

  /** Makes a variant the current program, set up for a target; `null` when it cannot be built. */
  use(shader: string, defines: readonly string[], target: Target): Program | null {
    const program = this.get(shader, defines);
    if (program === null) {
      return null;
    }
    const { viewport, pixelRatio, size, isScreen } = target;
    const { matrix, base } = inverseMatrix(viewport);
    program.use();
    program.matrix3('u_inverse', matrix);
    program.int2('u_base', base.x, base.y);
    program.float('u_zoom', viewport.zoom);
    program.float2('u_target', viewport.width, viewport.height);
    program.float2('u_rows', isScreen ? viewport.height : 0, isScreen ? -1 : 1);
    program.int2('u_size', size.width, size.height);
    program.float('u_pixel_ratio', pixelRatio);
    return program;
  }

  /** Runs the current program over a target's boxes, or what of them lies in `within`. */
  fill({ boxes }: Target, within: Box | null = null): void {
    const { gl } = this;
    const corners = new Float32Array(boxes.length * CORNER_FLOATS);
    let count = 0;
    for (const box of boxes) {
      const left = Math.max(box.left, within?.left ?? box.left);
      const top = Math.max(box.top, within?.top ?? box.top);
      const right = Math.min(box.right, within?.right ?? box.right);
      const bottom = Math.min(box.bottom, within?.bottom ?? box.bottom);
      if (left < right && top < bottom) {
        corners.set([left, top, right, bottom], count * CORNER_FLOATS);
        count += 1;
      }
    }
    if (count > 0) {
      gl.bufferData(gl.ARRAY_BUFFER, corners.subarray(0, count * CORNER_FLOATS), gl.STREAM_DRAW);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
    }
  }

  dispose(): void {
    this.built.forEach((program) => { program?.dispose(); });
    this.built.clear();
    this.gl.deleteBuffer(this.buffer);
  }

  private get(shader: string, defines: readonly string[]): Program | null {
    const key = `${defines.join()}:${shader}`;
    let program = this.built.get(key);
    if (program === undefined) {
      program = Program.create(this.gl, shader, defines);
      this.built.set(key, program);
    }
    return program;
  }
}
