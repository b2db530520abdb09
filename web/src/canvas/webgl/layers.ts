/** The layers that are made of cells: the canvas, its heat, the templates over it. */

import { type HeatLayer, type Rgb, type Scene, showsDots, type TemplateLayer } from '../scene';
import { overlaps, screenBox, visibleBox } from '../viewport';
import { type CellTextures, UNITS } from './cell-textures';
import { HeatTexture, TemplateTextures } from './layer-textures';
import type { Program } from './program';
import type { Programs, Target } from './programs';
import { CELLS_SHADER, HEAT_SHADER, TEMPLATE_SHADER } from './shaders';

/** Taps per axis and pixel when zoomed out; the square of this is the dearest pixel. */
const MAX_TAPS = 8;
/** The same where the GPU is emulated on the processor. */
const MAX_TAPS_SOFTWARE = 3;

/** What layers are drawn from, and where to. */
export interface LayerFrame {
  readonly scene: Scene;
  readonly textures: CellTextures;
  readonly target: Target;
}

/** Draws layers of cells into any target: one look-up per pixel, or a mean below 1:1. */
export class CellLayers {
  private readonly gl: WebGL2RenderingContext;
  private readonly programs: Programs;
  private readonly templates: TemplateTextures;
  private readonly isSoftware: boolean;
  private heat: { layer: HeatLayer; texture: HeatTexture } | null = null;

  constructor(gl: WebGL2RenderingContext, programs: Programs) {
    this.gl = gl;
    this.programs = programs;
    this.templates = new TemplateTextures(gl);
    this.isSoftware = isSoftware(gl);
  }

  /** Draws all layers but the dots of templates, which are finer than a cell. */
  draw(frame: LayerFrame): void {
    const { gl } = this;
    this.drawCells(frame);
    gl.enable(gl.BLEND);
    this.drawHeat(frame);
    this.templates.keep(frame.scene.templates);
    for (const layer of frame.scene.templates) {
      if (!showsDots(frame.scene, layer)) {
        this.drawTemplate(frame, layer, layer.style === 'wrong' ? ['WRONG'] : []);
      }
    }
    gl.disable(gl.BLEND);
  }

  /** Draws the dots of templates on the screen. */
  drawDots(frame: LayerFrame): void {
    const { gl } = this;
    gl.enable(gl.BLEND);
    for (const layer of frame.scene.templates) {
      if (showsDots(frame.scene, layer)) {
        this.drawTemplate(frame, layer, ['DOTS']);
      }
    }
    gl.disable(gl.BLEND);
  }

  dispose(): void {
    this.templates.dispose();
    this.heat?.texture.dispose();
  }

  private drawCells(frame: LayerFrame): void {
    const { target, scene } = frame;
    const { outside, checkerLight, checkerDark } = scene.theme;
    const defines = target.isScreen ? ['SCREEN', 'SQUARED'] : [];
    const program = this.use(CELLS_SHADER, defines, frame);
    program?.float3('u_outside', outside.map(share));
    program?.float3('u_checker', [...checkerLight.map(share), ...checkerDark.map(share)]);
    const { isWhole, viewport, size: { width: right, height: bottom } } = target;
    if (isWhole) {
      clear(this.gl, outside);
    }
    const canvas = { left: 0, top: 0, right, bottom };
    this.programs.fill(target, isWhole ? screenBox(viewport, canvas) : null);
  }

  private drawHeat(frame: LayerFrame): void {
    const { heat } = frame.scene;
    if (this.heat !== null && this.heat.layer !== heat) {
      this.heat.texture.dispose();
      this.heat = null;
    }
    if (heat === null) {
      return;
    }
    this.heat ??= { layer: heat, texture: new HeatTexture(this.gl, heat) };
    const { texture } = this.heat;
    texture.bind();
    const program = this.use(HEAT_SHADER, [], frame);
    program?.int('u_heat', UNITS.heat);
    program?.int('u_heat_columns', texture.columns);
    program?.int('u_heat_shift', heat.width < frame.target.size.width ? 1 : 0);
    this.programs.fill(frame.target);
  }

  private drawTemplate(frame: LayerFrame, layer: TemplateLayer, defines: string[]): void {
    const { gl } = this;
    const { target } = frame;
    const seen = visibleBox(target.viewport, target.size);
    const pieces = this.templates.piecesOf(layer).filter(({ box }) => overlaps(box, seen));
    for (const { box, texture } of pieces) {
      gl.activeTexture(gl.TEXTURE0 + UNITS.template);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      const program = this.use(TEMPLATE_SHADER, defines, frame);
      program?.int('u_template', UNITS.template);
      program?.int2('u_origin', box.left, box.top);
      program?.int2('u_extent', box.right - box.left, box.bottom - box.top);
      program?.float('u_opacity', layer.opacity);
      this.programs.fill(target, screenBox(target.viewport, box));
    }
  }

  private use(shader: string, defines: string[], { target, textures }: LayerFrame): Program | null {
    const most = this.isSoftware ? MAX_TAPS_SOFTWARE : MAX_TAPS;
    const taps = Math.min(Math.ceil(1 / target.viewport.zoom), most);
    const variant = taps > 1 ? [...defines, 'TAPS'] : defines;
    if (taps > 1 && this.isSoftware) {
      variant.push(`EACH_TAP ${eachTap(taps)}`);
    }
    const program = this.programs.use(shader, variant, target);
    program?.int('u_taps', taps);
    program?.int('u_cells', UNITS.cells);
    program?.int('u_palette', UNITS.palette);
    program?.int('u_tile_columns', textures.columns);
    return program;
  }
}

/** Whether the processor does the GPU's work. */
function isSoftware(gl: WebGL2RenderingContext): boolean {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

/** All taps of a square, as the shader's macro wants them. */
function eachTap(side: number): string {
  return Array.from({ length: side * side }, (_, at) => (
    `TAP(${at % side}, ${Math.floor(at / side)})`
  )).join('');
}

/** Fills the target with a colour. */
export function clear(gl: WebGL2RenderingContext, [red, green, blue]: Rgb): void {
  gl.clearColor(red / 255, green / 255, blue / 255, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
}

function share(channel: number): number {
  return channel / 255;
}
