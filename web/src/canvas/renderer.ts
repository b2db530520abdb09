/** The WebGL2 renderer: palette indexes in a texture array, colours looked up per pixel. */

import { type Cells, type DirtyRegion, TILE_SIZE } from './cells';
import { type Palette, PALETTE_SLOTS } from './palette';
import { gridOpacity, type Renderer, type Rgb, type Scene } from './scene';
import { FRAGMENT_SHADER, VERTEX_SHADER } from './shaders';
import { inverseMatrix } from './viewport';

/** Taps per axis and pixel when zoomed out; the square of this is the dearest pixel. */
const MAX_TAPS = 8;
/** The same where the GPU is emulated on the processor: 4 x 4 taps take 40 ms at 1000 x 1000. */
const MAX_TAPS_SOFTWARE = 4;

/**
 * A box of this many cells uploads in about the time of 50 single ones (measured in
 * SwiftShader), so sparse changes go one by one only when their box is larger per change.
 */
const BOX_CELLS_PER_CHANGE = 512;

const UNIFORMS = [
  'u_cells', 'u_palette', 'u_size', 'u_tile_columns', 'u_inverse', 'u_base', 'u_zoom',
  'u_view_height', 'u_pixel_ratio', 'u_taps', 'u_grid', 'u_outside', 'u_checker', 'u_cursor',
] as const;

type UniformName = (typeof UNIFORMS)[number];

/** Draws a canvas with WebGL2. It holds no state that a lost context would take with it. */
export class WebGl2Renderer implements Renderer {
  readonly kind = 'webgl2';
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly uniforms: Record<UniformName, WebGLUniformLocation | null>;
  private readonly paletteTexture: WebGLTexture;
  private readonly maxTaps: number;
  private cells: Cells | null = null;
  private cellsTexture: WebGLTexture | null = null;

  /**
   * A renderer for this element, or `null` when WebGL2 is missing, its program cannot be built,
   * or its texture arrays are too small for `tileCount` tiles.
   */
  static create(element: HTMLCanvasElement, tileCount: number): WebGl2Renderer | null {
    const gl = element.getContext('webgl2', {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
    });
    if (gl === null || tileCount > Number(gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS))) {
      return null;
    }
    const program = buildProgram(gl);
    return program === null ? null : new WebGl2Renderer(gl, program);
  }

  private constructor(gl: WebGL2RenderingContext, program: WebGLProgram) {
    this.gl = gl;
    this.program = program;
    this.uniforms = Object.fromEntries(
      UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]),
    ) as Record<UniformName, WebGLUniformLocation | null>;
    this.maxTaps = isSoftware(gl) ? MAX_TAPS_SOFTWARE : MAX_TAPS;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.paletteTexture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, PALETTE_SLOTS, 1);
    exactLookup(gl, gl.TEXTURE_2D);
  }

  setPalette(palette: Palette): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    gl.texSubImage2D(
      gl.TEXTURE_2D, 0, 0, 0, PALETTE_SLOTS, 1, gl.RGBA, gl.UNSIGNED_BYTE, palette.rgba,
    );
  }

  setCells(cells: Cells): void {
    const { gl } = this;
    gl.deleteTexture(this.cellsTexture);
    const columns = Math.ceil(cells.width / TILE_SIZE);
    const rows = Math.ceil(cells.height / TILE_SIZE);
    this.cells = cells;
    this.cellsTexture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.cellsTexture);
    gl.texStorage3D(
      gl.TEXTURE_2D_ARRAY, 1, gl.R8UI,
      Math.min(cells.width, TILE_SIZE), Math.min(cells.height, TILE_SIZE), columns * rows,
    );
    exactLookup(gl, gl.TEXTURE_2D_ARRAY);
    cells.markAllDirty();
  }

  draw(scene: Scene): void {
    const { gl, cells, uniforms } = this;
    const { viewport, theme, cursor } = scene;
    gl.viewport(0, 0, viewport.width, viewport.height);
    if (cells === null) {
      const [red, green, blue] = unit(theme.outside);
      gl.clearColor(red, green, blue, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      return;
    }
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.cellsTexture);
    this.upload(cells, cells.drainDirty());

    const { matrix, base } = inverseMatrix(viewport);
    gl.useProgram(this.program);
    gl.uniform1i(uniforms.u_cells, 0);
    gl.uniform1i(uniforms.u_palette, 1);
    gl.uniform2i(uniforms.u_size, cells.width, cells.height);
    gl.uniform1i(uniforms.u_tile_columns, Math.ceil(cells.width / TILE_SIZE));
    gl.uniformMatrix3fv(uniforms.u_inverse, false, matrix);
    gl.uniform2i(uniforms.u_base, base.x, base.y);
    gl.uniform1f(uniforms.u_zoom, viewport.zoom);
    gl.uniform1f(uniforms.u_view_height, viewport.height);
    gl.uniform1f(uniforms.u_pixel_ratio, scene.pixelRatio);
    gl.uniform1i(uniforms.u_taps, Math.min(Math.ceil(1 / viewport.zoom), this.maxTaps));
    gl.uniform1f(uniforms.u_grid, gridOpacity(scene));
    gl.uniform3fv(uniforms.u_outside, unit(theme.outside));
    gl.uniform3fv(uniforms.u_checker, [...unit(theme.checkerLight), ...unit(theme.checkerDark)]);
    gl.uniform3i(uniforms.u_cursor, cursor?.x ?? -1, cursor?.y ?? -1, scene.ghostColor ?? -1);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  dispose(): void {
    const { gl } = this;
    gl.deleteTexture(this.cellsTexture);
    gl.deleteTexture(this.paletteTexture);
    gl.deleteProgram(this.program);
  }

  private upload(cells: Cells, regions: readonly DirtyRegion[]): void {
    this.gl.pixelStorei(this.gl.UNPACK_ROW_LENGTH, cells.width);
    for (const region of regions) {
      const area = (region.right - region.left) * (region.bottom - region.top);
      const listed = region.indexes;
      if (listed !== null && area > listed.length * BOX_CELLS_PER_CHANGE) {
        listed.forEach((index) => { this.uploadCell(cells, index); });
      } else {
        this.uploadBox(cells, region);
      }
    }
  }

  private uploadBox(cells: Cells, { left, top, right, bottom }: DirtyRegion): void {
    const { gl } = this;
    gl.texSubImage3D(
      gl.TEXTURE_2D_ARRAY, 0, left % TILE_SIZE, top % TILE_SIZE, layerOf(cells, left, top),
      right - left, bottom - top, 1, gl.RED_INTEGER, gl.UNSIGNED_BYTE,
      cells.bytes, cells.indexOf(left, top),
    );
    for (const index of cells.pendingCells.keys()) {
      const x = index % cells.width;
      const y = Math.floor(index / cells.width);
      if (x >= left && x < right && y >= top && y < bottom) {
        this.uploadCell(cells, index);
      }
    }
  }

  private uploadCell(cells: Cells, index: number): void {
    const { gl } = this;
    const x = index % cells.width;
    const y = Math.floor(index / cells.width);
    gl.texSubImage3D(
      gl.TEXTURE_2D_ARRAY, 0, x % TILE_SIZE, y % TILE_SIZE, layerOf(cells, x, y),
      1, 1, 1, gl.RED_INTEGER, gl.UNSIGNED_BYTE, new Uint8Array([cells.shownColor(index)]),
    );
  }
}

function layerOf(cells: Cells, x: number, y: number): number {
  const columns = Math.ceil(cells.width / TILE_SIZE);
  return Math.floor(y / TILE_SIZE) * columns + Math.floor(x / TILE_SIZE);
}

function buildProgram(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  const sources = [
    [gl.VERTEX_SHADER, VERTEX_SHADER],
    [gl.FRAGMENT_SHADER, FRAGMENT_SHADER],
  ] as const;
  for (const [kind, source] of sources) {
    const shader = gl.createShader(kind);
    if (shader === null) {
      return null;
    }
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) === true ? program : null;
}

/** Integer textures are incomplete, and read as 0, unless filtering is off. */
function exactLookup(gl: WebGL2RenderingContext, target: GLenum): void {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}

function isSoftware(gl: WebGL2RenderingContext): boolean {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

function unit([red, green, blue]: Rgb): [number, number, number] {
  return [red / 255, green / 255, blue / 255];
}
