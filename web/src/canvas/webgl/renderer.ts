/**
 * The WebGL2 renderer: palette indexes in a texture array, colours looked up on the GPU. Where
 * cells are larger than pixels, they are first drawn one pixel each into an image, which is then
 * enlarged: a look-up per cell in place of one per pixel.
 */

import { type Cells, TILE_SIZE } from '../cells';
import { Damage } from '../damage';
import { isSameMarks, type Mark, marksOf, RINGS_SHARE } from '../marks';
import { type Palette, PALETTE_SLOTS, parsePalette } from '../palette';
import {
  type DrawOutcome,
  gridOpacity,
  isSameLook,
  type Renderer,
  type Rgb,
  type Scene,
  symbolsOf,
} from '../scene';
import { type Box, isExact, screenBox, type Viewport, visibleBox } from '../viewport';
import { CellImage, imageBox } from './cell-image';
import { CellTextures, exactLookup, UNITS } from './cell-textures';
import { CellLayers, clear } from './layers';
import { Programs, type Target } from './programs';
import { GLYPH_SIDE, glyphTexture } from './layer-textures';
import { MAGNIFY_SHADER, MARK_SHADER, SYMBOLS_SHADER } from './shaders';

/** Marks and mixed border pixels reach at most this far beyond what they belong to. */
const SPILL_PX = 1;

/** What a frame showed, to know what another one changes. */
interface LastFrame {
  readonly scene: Scene;
  readonly marks: readonly Mark[];
}

/** Draws a canvas with WebGL2. It holds no state that a lost context would take with it. */
export class WebGl2Renderer implements Renderer {
  readonly kind = 'webgl2';
  private readonly gl: WebGL2RenderingContext;
  private readonly programs: Programs;
  private readonly layers: CellLayers;
  private readonly image: CellImage;
  private readonly paletteTexture: WebGLTexture;
  private palette: Palette = parsePalette([]);
  private cells: Cells | null = null;
  private textures: CellTextures | null = null;
  private glyphs: { symbols: readonly string[]; texture: WebGLTexture | null } | null = null;
  private last: LastFrame | null = null;

  /**
   * A renderer for this element, or `null` when WebGL2 is missing, its programs cannot be built,
   * or its texture arrays are too small for these cells.
   */
  static create(element: HTMLCanvasElement, cells: Cells): WebGl2Renderer | null {
    const gl = element.getContext('webgl2', {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      // What did not change is not drawn again.
      preserveDrawingBuffer: true,
    });
    const tiles = Math.ceil(cells.width / TILE_SIZE) * Math.ceil(cells.height / TILE_SIZE);
    if (gl === null || tiles > Number(gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS))) {
      return null;
    }
    const programs = new Programs(gl);
    return programs.isUsable() ? new WebGl2Renderer(gl, programs) : null;
  }

  private constructor(gl: WebGL2RenderingContext, programs: Programs) {
    this.gl = gl;
    this.programs = programs;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.layers = new CellLayers(gl, programs);
    this.image = new CellImage(gl);
    this.paletteTexture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + UNITS.palette);
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, PALETTE_SLOTS, 1);
    exactLookup(gl, gl.TEXTURE_2D);
  }

  setPalette(palette: Palette): void {
    const { gl } = this;
    this.palette = palette;
    gl.activeTexture(gl.TEXTURE0 + UNITS.palette);
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    gl.texSubImage2D(
      gl.TEXTURE_2D, 0, 0, 0, PALETTE_SLOTS, 1, gl.RGBA, gl.UNSIGNED_BYTE, palette.rgba,
    );
    this.last = null;
  }

  setCells(cells: Cells): void {
    if (cells !== this.cells) {
      this.textures?.dispose();
      this.cells = cells;
      this.textures = new CellTextures(this.gl, cells);
    }
    this.last = null;
  }

  draw(scene: Scene): DrawOutcome {
    const { cells, textures } = this;
    if (cells === null || textures === null) {
      clear(this.gl, scene.theme.outside);
      return { hasDrawn: true, isUnfinished: false };
    }
    const uploaded = textures.upload(visibleBox(scene.viewport, cells));
    const { isUnfinished } = uploaded;
    if (!uploaded.isComplete) {
      // Half a canvas is worse than the old picture for a few frames more.
      this.last = null;
      return { hasDrawn: false, isUnfinished: true };
    }
    const marks = marksOf(scene, cells, this.palette);
    const isFull = this.last === null || !isSameLook(this.last.scene, scene);
    const damage = new Damage(scene.viewport);
    if (isFull) {
      damage.addAll();
    } else {
      uploaded.changed.forEach((box) => { damage.add(spilled(scene.viewport, box)); });
      this.damageByMarks(damage, scene, marks);
    }
    if (damage.isEmpty) {
      return { hasDrawn: false, isUnfinished };
    }
    this.last = { scene, marks };
    this.paint({ scene, cells, textures, marks }, damage.boxes(), isFull ? null : uploaded.changed);
    return { hasDrawn: true, isUnfinished };
  }

  dispose(): void {
    this.textures?.dispose();
    this.layers.dispose();
    this.image.dispose();
    this.programs.dispose();
    this.gl.deleteTexture(this.paletteTexture);
    this.gl.deleteTexture(this.glyphs?.texture ?? null);
  }

  /** Redraws these boxes of the screen; `changed` cells are `null` when all may have changed. */
  private paint(
    frame: Frame,
    boxes: readonly Box[],
    changed: readonly Box[] | null,
  ): void {
    const { gl } = this;
    const { scene, cells, textures } = frame;
    const { viewport, pixelRatio } = scene;
    gl.activeTexture(gl.TEXTURE0 + UNITS.palette);
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    textures.bind();
    const isWhole = changed === null;
    const screen: Target = { viewport, pixelRatio, size: cells, boxes, isWhole, isScreen: true };
    const source = { scene, textures };
    if (viewport.zoom > 1 || (viewport.zoom === 1 && !isExact(viewport))) {
      const box = imageBox(viewport);
      const target = this.image.begin(box, cells, changed);
      if (target !== null) {
        this.layers.draw({ ...source, target });
      }
      this.image.end();
      gl.viewport(0, 0, viewport.width, viewport.height);
      this.magnify(screen, scene);
      this.layers.drawDots({ ...source, target: screen });
      this.drawSymbols(screen, frame);
    } else {
      gl.viewport(0, 0, viewport.width, viewport.height);
      this.layers.draw({ ...source, target: screen });
    }
    this.drawMarks(screen, frame.marks);
  }

  private magnify(screen: Target, scene: Scene): void {
    const grid = gridOpacity(scene);
    const program = this.programs.use(MAGNIFY_SHADER, grid > 0 ? ['GRID'] : [], screen);
    const { theme, viewport } = scene;
    const base = { x: Math.floor(viewport.centerX), y: Math.floor(viewport.centerY) };
    const { box, side } = this.image.bind(isExact(viewport));
    program?.int('u_image', UNITS.image);
    program?.float2('u_image_from', box.left - base.x, box.top - base.y);
    program?.float2('u_image_scale', 1 / side.width, 1 / side.height);
    program?.float('u_grid', grid);
    program?.float3('u_checker', [...unit(theme.checkerLight), ...unit(theme.checkerDark)]);
    this.programs.fill(screen);
  }

  private drawSymbols(screen: Target, { scene, textures }: Frame): void {
    const symbols = symbolsOf(scene);
    const texture = symbols === null ? null : this.glyphsOf(symbols);
    if (texture === null) {
      return;
    }
    const { gl } = this;
    const program = this.programs.use(SYMBOLS_SHADER, [], screen);
    program?.int('u_cells', UNITS.cells);
    program?.int('u_palette', UNITS.palette);
    program?.int('u_tile_columns', textures.columns);
    program?.int('u_glyphs', UNITS.glyphs);
    program?.float('u_glyph_side', GLYPH_SIDE);
    gl.activeTexture(gl.TEXTURE0 + UNITS.glyphs);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.enable(gl.BLEND);
    this.programs.fill(screen);
    gl.disable(gl.BLEND);
  }

  private drawMarks(screen: Target, marks: readonly Mark[]): void {
    const { gl } = this;
    const { viewport, pixelRatio } = screen;
    const base = { x: Math.floor(viewport.centerX), y: Math.floor(viewport.centerY) };
    gl.enable(gl.BLEND);
    for (const mark of marks) {
      const program = this.programs.use(MARK_SHADER, [], screen);
      const { left, top, right, bottom } = mark.box;
      const ring = mark.ringPx * pixelRatio;
      program?.float4('u_box', [left - base.x, top - base.y, right - base.x, bottom - base.y]);
      program?.float4('u_fill', [...unit(mark.fill), mark.fillOpacity]);
      program?.float2('u_rings', ring, ring * RINGS_SHARE);
      this.programs.fill(screen, markBox(viewport, pixelRatio, mark));
    }
    gl.disable(gl.BLEND);
  }

  private damageByMarks(damage: Damage, scene: Scene, marks: readonly Mark[]): void {
    const before = this.last?.marks ?? [];
    if (!isSameMarks(before, marks)) {
      for (const mark of [...before, ...marks]) {
        damage.add(markBox(scene.viewport, scene.pixelRatio, mark));
      }
    }
  }

  private glyphsOf(symbols: readonly string[]): WebGLTexture | null {
    if (this.glyphs?.symbols !== symbols) {
      this.gl.deleteTexture(this.glyphs?.texture ?? null);
      this.glyphs = { symbols, texture: glyphTexture(this.gl, symbols) };
    }
    return this.glyphs.texture;
  }

}

/** What one frame is painted from. */
interface Frame {
  readonly scene: Scene;
  readonly cells: Cells;
  readonly textures: CellTextures;
  readonly marks: readonly Mark[];
}

/** The pixels of a box of cells and those next to them, into which they are mixed. */
function spilled(viewport: Viewport, cells: Box): Box {
  const { left, top, right, bottom } = screenBox(viewport, cells);
  const spill = isExact(viewport) ? 0 : SPILL_PX;
  return {
    left: left - spill,
    top: top - spill,
    right: right + spill,
    bottom: bottom + spill,
  };
}

function markBox(viewport: Viewport, pixelRatio: number, { box, ringPx }: Mark): Box {
  const reach = (ringPx * RINGS_SHARE * pixelRatio + SPILL_PX) / viewport.zoom;
  return screenBox(viewport, {
    left: box.left - reach,
    top: box.top - reach,
    right: box.right + reach,
    bottom: box.bottom + reach,
  });
}

/** Channels from 0 to 1. */
export function unit([red, green, blue]: Rgb): [number, number, number] {
  return [red / 255, green / 255, blue / 255];
}
