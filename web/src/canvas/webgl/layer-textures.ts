/** Textures of what lies over the cells: templates, the heat, the glyphs of colours. */

import type { HeatLayer, TemplateLayer } from '../scene';
import type { Box } from '../viewport';
import { exactLookup, UNITS } from './cell-textures';

/** Side of a template's pieces in cells; WebGL2 promises textures of 2048. */
const PIECE_SIZE = 2048;

/** Side of a tile of the heat, as the shader reads it. */
const HEAT_TILE_SIZE = 1024;

/** Side of a glyph in the atlas, in texels, and how many stand in one row. */
export const GLYPH_SIDE = 32;
const GLYPHS_A_ROW = 16;

/** Share of a glyph's square that its letters are high. */
const GLYPH_HEIGHT = 0.62;

/** One piece of a template on the GPU, with the cells it covers. */
export interface TemplatePiece {
  readonly box: Box;
  readonly texture: WebGLTexture;
}

/** The templates' textures, kept as long as their cells are shown. */
export class TemplateTextures {
  private readonly gl: WebGL2RenderingContext;
  private readonly known = new Map<Uint8Array, readonly WebGLTexture[]>();

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
  }

  /** Forgets the textures of all templates but these. */
  keep(layers: readonly TemplateLayer[]): void {
    const used = new Set(layers.map(({ cells }) => cells));
    for (const [cells, textures] of this.known) {
      if (!used.has(cells)) {
        textures.forEach((texture) => { this.gl.deleteTexture(texture); });
        this.known.delete(cells);
      }
    }
  }

  /** The pieces of a template, uploaded when they are first asked for. */
  piecesOf(layer: TemplateLayer): TemplatePiece[] {
    const boxes = piecesOf(layer);
    let textures = this.known.get(layer.cells);
    if (textures?.length !== boxes.length) {
      textures = boxes.map((box) => this.upload(layer, box));
      this.known.set(layer.cells, textures);
    }
    return textures.flatMap((texture, at) => {
      const box = boxes[at];
      return box === undefined ? [] : [{ box, texture }];
    });
  }

  dispose(): void {
    this.keep([]);
  }

  private upload({ x, y, width, cells }: TemplateLayer, box: Box): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    const [columns, rows] = [box.right - box.left, box.bottom - box.top];
    gl.activeTexture(gl.TEXTURE0 + UNITS.template);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8UI, columns, rows);
    exactLookup(gl, gl.TEXTURE_2D);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, width);
    gl.texSubImage2D(
      gl.TEXTURE_2D, 0, 0, 0, columns, rows, gl.RED_INTEGER, gl.UNSIGNED_BYTE,
      cells, (box.top - y) * width + (box.left - x),
    );
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    return texture;
  }
}

/** A texture array of the heat, in tiles as the cells are. */
export class HeatTexture {
  readonly columns: number;
  private readonly gl: WebGL2RenderingContext;
  private readonly texture: WebGLTexture;

  constructor(gl: WebGL2RenderingContext, { width, height, values }: HeatLayer) {
    this.gl = gl;
    this.columns = Math.ceil(width / HEAT_TILE_SIZE);
    const rows = Math.ceil(height / HEAT_TILE_SIZE);
    const tileWidth = Math.min(width, HEAT_TILE_SIZE);
    const tileHeight = Math.min(height, HEAT_TILE_SIZE);
    this.texture = gl.createTexture();
    this.bind();
    const layers = this.columns * rows;
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.R8, tileWidth, tileHeight, layers);
    exactLookup(gl, gl.TEXTURE_2D_ARRAY);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, width);
    for (let layer = 0; layer < layers; layer += 1) {
      const left = (layer % this.columns) * HEAT_TILE_SIZE;
      const top = Math.floor(layer / this.columns) * HEAT_TILE_SIZE;
      gl.texSubImage3D(
        gl.TEXTURE_2D_ARRAY, 0, 0, 0, layer,
        Math.min(tileWidth, width - left), Math.min(tileHeight, height - top), 1,
        gl.RED, gl.UNSIGNED_BYTE, values, top * width + left,
      );
    }
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
  }

  bind(): void {
    this.gl.activeTexture(this.gl.TEXTURE0 + UNITS.heat);
    this.gl.bindTexture(this.gl.TEXTURE_2D_ARRAY, this.texture);
  }

  dispose(): void {
    this.gl.deleteTexture(this.texture);
  }
}

/** A texture with the glyph of each palette colour, `null` where no canvas can be drawn on. */
export function glyphTexture(
  gl: WebGL2RenderingContext,
  glyphs: readonly string[],
): WebGLTexture | null {
  const side = GLYPH_SIDE * GLYPHS_A_ROW;
  const coverage = drawnGlyphs(glyphs, side);
  if (coverage === null) {
    return null;
  }
  const texture = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + UNITS.glyphs);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, Math.log2(GLYPH_SIDE) + 1, gl.R8, side, side);
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, side, side, gl.RED, gl.UNSIGNED_BYTE, coverage);
  gl.generateMipmap(gl.TEXTURE_2D);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  return texture;
}

function drawnGlyphs(glyphs: readonly string[], side: number): Uint8Array | null {
  const element = document.createElement('canvas');
  element.width = element.height = side;
  const context = element.getContext('2d', { willReadFrequently: true });
  if (context === null) {
    return null;
  }
  context.font = `600 ${Math.round(GLYPH_SIDE * GLYPH_HEIGHT)}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = '#fff';
  glyphs.forEach((glyph, index) => {
    const x = ((index % GLYPHS_A_ROW) + 0.5) * GLYPH_SIDE;
    const y = (Math.floor(index / GLYPHS_A_ROW) + 0.5) * GLYPH_SIDE;
    // Squeezed rather than cut where a font is wide: a neighbour's edge would show in the cell.
    context.fillText(glyph, x, y, GLYPH_SIDE * 0.8);
  });
  const { data } = context.getImageData(0, 0, side, side);
  return Uint8Array.from({ length: side * side }, (_, index) => data[index * 4 + 3] ?? 0);
}

function piecesOf({ x, y, width, height }: TemplateLayer): Box[] {
  const boxes: Box[] = [];
  for (let top = 0; top < height; top += PIECE_SIZE) {
    for (let left = 0; left < width; left += PIECE_SIZE) {
      boxes.push({
        left: x + left,
        top: y + top,
        right: x + Math.min(left + PIECE_SIZE, width),
        bottom: y + Math.min(top + PIECE_SIZE, height),
      });
    }
  }
  return boxes;
}
