/** The cells on the GPU: one byte each, in tiles that are the layers of one texture array. */

import { type Cells, type DirtyRegion, TILE_SIZE } from '../cells';
import { type Box, overlaps } from '../viewport';

/**
 * A box of this many cells uploads in about the time of 50 single ones (measured in
 * SwiftShader), so sparse changes go one by one only when their box is larger per change.
 */
const BOX_CELLS_PER_CHANGE = 512;

/**
 * Cells uploaded in one frame at most, give or take a tile: 8 tiles take about 20 ms in
 * SwiftShader, so that opening a canvas of 8192 x 8192 holds no frame up for long.
 */
const MAX_CELLS_PER_FRAME = 8 * TILE_SIZE * TILE_SIZE;

/** Which texture unit a texture is bound to while drawing. */
export const UNITS = { cells: 0, palette: 1, image: 2, template: 3, heat: 4, glyphs: 5 } as const;

/** What an upload brought. */
export interface Uploaded {
  /** Boxes of cells that are now shown differently. */
  readonly changed: readonly Box[];
  /** Whether something that is seen was left for the next frame. */
  readonly isUnfinished: boolean;
  /** Whether every tile that is seen was uploaded at least once. */
  readonly isComplete: boolean;
}

/** The texture of one canvas. It holds nothing that the cells do not hold as well. */
export class CellTextures {
  readonly columns: number;
  private readonly gl: WebGL2RenderingContext;
  private readonly cells: Cells;
  private readonly texture: WebGLTexture;
  private readonly ready = new Set<number>();
  private readonly single = new Uint8Array(1);

  constructor(gl: WebGL2RenderingContext, cells: Cells) {
    this.gl = gl;
    this.cells = cells;
    this.columns = Math.ceil(cells.width / TILE_SIZE);
    const rows = Math.ceil(cells.height / TILE_SIZE);
    this.texture = gl.createTexture();
    this.bind();
    gl.texStorage3D(
      gl.TEXTURE_2D_ARRAY, 1, gl.R8UI,
      Math.min(cells.width, TILE_SIZE), Math.min(cells.height, TILE_SIZE), this.columns * rows,
    );
    exactLookup(gl, gl.TEXTURE_2D_ARRAY);
    cells.markAllDirty();
  }

  bind(): void {
    this.gl.activeTexture(this.gl.TEXTURE0 + UNITS.cells);
    this.gl.bindTexture(this.gl.TEXTURE_2D_ARRAY, this.texture);
  }

  /** Uploads what changed within a box of cells; what is not seen waits until it is. */
  upload(seen: Box): Uploaded {
    const { gl, cells } = this;
    this.bind();
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, cells.width);
    const changed: Box[] = [];
    for (const region of cells.drainDirty(seen, MAX_CELLS_PER_FRAME)) {
      const area = (region.right - region.left) * (region.bottom - region.top);
      const listed = region.indexes;
      if (listed === null) {
        this.uploadBox(region);
        changed.push(region);
        this.ready.add(this.layerOf(region.left, region.top));
      } else {
        if (area > listed.length * BOX_CELLS_PER_CHANGE) {
          listed.forEach((index) => { this.uploadCell(index); });
        } else {
          this.uploadBox(region);
        }
        changed.push(...listed.map((index) => this.boxOf(index)));
      }
    }
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    return {
      changed: changed.filter((box) => overlaps(box, seen)),
      isUnfinished: cells.isDirtyIn(seen),
      isComplete: this.isReady(seen),
    };
  }

  dispose(): void {
    this.gl.deleteTexture(this.texture);
  }

  private uploadBox({ left, top, right, bottom }: DirtyRegion): void {
    const { gl, cells } = this;
    gl.texSubImage3D(
      gl.TEXTURE_2D_ARRAY, 0, left % TILE_SIZE, top % TILE_SIZE, this.layerOf(left, top),
      right - left, bottom - top, 1, gl.RED_INTEGER, gl.UNSIGNED_BYTE,
      cells.bytes, cells.indexOf(left, top),
    );
    const box = { left, top, right, bottom };
    for (const index of cells.pendingCells.keys()) {
      if (overlaps(this.boxOf(index), box)) {
        this.uploadCell(index);
      }
    }
  }

  private uploadCell(index: number): void {
    const { gl, cells, single } = this;
    const { left, top } = this.boxOf(index);
    single[0] = cells.shownColor(index);
    gl.texSubImage3D(
      gl.TEXTURE_2D_ARRAY, 0, left % TILE_SIZE, top % TILE_SIZE, this.layerOf(left, top),
      1, 1, 1, gl.RED_INTEGER, gl.UNSIGNED_BYTE, single,
    );
  }

  private boxOf(index: number): Box {
    const left = index % this.cells.width;
    const top = Math.floor(index / this.cells.width);
    return { left, top, right: left + 1, bottom: top + 1 };
  }

  private layerOf(x: number, y: number): number {
    return Math.floor(y / TILE_SIZE) * this.columns + Math.floor(x / TILE_SIZE);
  }

  private isReady(seen: Box): boolean {
    for (let y = seen.top; y < seen.bottom; y = (Math.floor(y / TILE_SIZE) + 1) * TILE_SIZE) {
      for (let x = seen.left; x < seen.right; x = (Math.floor(x / TILE_SIZE) + 1) * TILE_SIZE) {
        if (!this.ready.has(this.layerOf(x, y))) {
          return false;
        }
      }
    }
    return true;
  }
}

/** Integer textures are incomplete, and read as 0, unless filtering is off. */
export function exactLookup(gl: WebGL2RenderingContext, target: GLenum): void {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}
