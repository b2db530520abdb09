/** What is seen of the cells as an RGBA image, never larger than the view needs. */

import type { Cells, DirtyRegion } from './cells';
import { NOT_OPEN, type Palette } from './palette';
import {
  HEAT_DIMMING,
  HEAT_RAMP,
  type HeatLayer,
  type Scene,
  showsDots,
  type TemplateLayer,
} from './scene';
import type { Box } from './viewport';

/** Taps per axis and pixel below 1:1. */
const MAX_TAPS = 2;

/** Red, green, blue and opacity, 0 to 255 each; written to by what computes a colour. */
type Color = [number, number, number, number];

/** What the image shows. */
export interface ScratchFrame {
  readonly scene: Scene;
  readonly cells: Cells;
  readonly palette: Palette;
  /** The cells that are seen. */
  readonly seen: Box;
}

/** An image of the seen cells: one pixel each, or fewer below 1:1, fixed to the canvas. */
export class CellScratch {
  private readonly context = document.createElement('canvas').getContext('2d');
  private image: ImageData | null = null;
  /** Pixels per cell, at most 1. */
  private scale = 1;
  /** What the image covers, in its own pixels from the canvas's corner. */
  private box: Box = { left: 0, top: 0, right: 0, bottom: 0 };

  /** Paints what is seen; `changed` is `null` when that is not what it was. */
  paint(frame: ScratchFrame, changed: readonly DirtyRegion[] | null): void {
    const { context } = this;
    if (context === null) {
      return;
    }
    if (changed === null || this.image === null) {
      this.place(frame);
      this.image = this.resized(context);
      this.paintBox(frame, context, this.image, this.box);
    } else {
      for (const region of changed) {
        this.paintBox(frame, context, this.image, this.scaled(region));
      }
    }
  }

  /** Draws the image where its cells are, in a context whose origin is the canvas's corner. */
  drawOn(target: CanvasRenderingContext2D, zoom: number): void {
    if (this.context === null) {
      return;
    }
    const { left, top, right, bottom } = this.box;
    const factor = zoom / this.scale;
    target.imageSmoothingEnabled = zoom < 1;
    target.drawImage(
      this.context.canvas, 0, 0, right - left, bottom - top,
      left * factor, top * factor, (right - left) * factor, (bottom - top) * factor,
    );
  }

  private place({ scene, seen }: ScratchFrame): void {
    this.scale = Math.min(scene.viewport.zoom, 1);
    this.box = this.scaled(seen);
  }

  private scaled({ left, top, right, bottom }: Box): Box {
    const { scale } = this;
    return {
      left: Math.floor(left * scale),
      top: Math.floor(top * scale),
      right: Math.ceil(right * scale),
      bottom: Math.ceil(bottom * scale),
    };
  }

  private resized(context: CanvasRenderingContext2D): ImageData {
    const width = this.box.right - this.box.left;
    const height = this.box.bottom - this.box.top;
    if (this.image?.width === width && this.image.height === height) {
      return this.image;
    }
    context.canvas.width = width;
    context.canvas.height = height;
    return context.createImageData(width, height);
  }

  private paintBox(
    frame: ScratchFrame,
    context: CanvasRenderingContext2D,
    image: ImageData,
    box: Box,
  ): void {
    const left = Math.max(box.left, this.box.left);
    const top = Math.max(box.top, this.box.top);
    const right = Math.min(box.right, this.box.right);
    const bottom = Math.min(box.bottom, this.box.bottom);
    if (left >= right || top >= bottom) {
      return;
    }
    const colors = new CellColors(frame);
    const taps = Math.min(Math.ceil(1 / this.scale), MAX_TAPS);
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        const at = ((y - this.box.top) * image.width + x - this.box.left) * 4;
        const color = taps === 1 ? colors.at(x, y) : colors.mean(x, y, this.scale, taps);
        image.data[at] = color[0];
        image.data[at + 1] = color[1];
        image.data[at + 2] = color[2];
        image.data[at + 3] = color[3];
      }
    }
    context.putImageData(
      image, 0, 0, left - this.box.left, top - this.box.top, right - left, bottom - top,
    );
  }
}

/** The colour of a cell under its layers. Each call writes over what the last one gave. */
class CellColors {
  private readonly cells: Cells;
  private readonly rgba: Uint8Array;
  private readonly heat: HeatLayer | null;
  private readonly heatShift: number;
  private readonly templates: readonly TemplateLayer[];
  private readonly color: Color = [0, 0, 0, 0];
  private readonly sum: Color = [0, 0, 0, 0];

  constructor({ scene, cells, palette }: ScratchFrame) {
    this.cells = cells;
    this.rgba = palette.rgba;
    this.heat = scene.heat;
    this.heatShift = (scene.heat?.width ?? cells.width) < cells.width ? 1 : 0;
    this.templates = scene.templates.filter((layer) => !showsDots(scene, layer));
  }

  at(x: number, y: number): Color {
    const { color, rgba } = this;
    const shown = this.cells.shownColor(this.cells.indexOf(x, y));
    for (let channel = 0; channel < 4; channel += 1) {
      color[channel] = rgba[shown * 4 + channel] ?? 0;
    }
    if (this.heat !== null) {
      this.warm(this.heat, x, y);
    }
    for (const layer of this.templates) {
      this.overlay(layer, x, y, shown);
    }
    return color;
  }

  /** The mean colour of a pixel that covers many cells. */
  mean(x: number, y: number, scale: number, taps: number): Color {
    const { cells, sum } = this;
    sum.fill(0);
    for (let row = 0; row < taps; row += 1) {
      const tapY = Math.min(Math.floor((y + (row + 0.5) / taps) / scale), cells.height - 1);
      for (let column = 0; column < taps; column += 1) {
        const tapX = Math.min(Math.floor((x + (column + 0.5) / taps) / scale), cells.width - 1);
        const color = this.at(tapX, tapY);
        sum[0] += color[0] * color[3];
        sum[1] += color[1] * color[3];
        sum[2] += color[2] * color[3];
        sum[3] += color[3];
      }
    }
    const opacity = Math.max(sum[3], 1);
    sum[0] /= opacity;
    sum[1] /= opacity;
    sum[2] /= opacity;
    sum[3] /= taps * taps;
    return sum;
  }

  private warm({ width, values }: HeatLayer, x: number, y: number): void {
    const at = (y >> this.heatShift) * width + (x >> this.heatShift);
    const heat = (values[at] ?? 0) / 255;
    const strength = heat === 0 ? 0 : 0.7 + 0.3 * heat;
    const step = heat * (HEAT_RAMP.length - 1);
    const low = Math.min(Math.floor(step), HEAT_RAMP.length - 2);
    const rest = 1 - Math.max(strength, HEAT_DIMMING);
    for (let channel = 0; channel < 3; channel += 1) {
      const from = HEAT_RAMP[low]?.[channel] ?? 0;
      const to = HEAT_RAMP[low + 1]?.[channel] ?? 0;
      const ramp = from + (to - from) * (step - low);
      this.color[channel] = ramp * strength + (this.color[channel] ?? 0) * rest;
    }
  }

  private overlay(layer: TemplateLayer, x: number, y: number, shown: number): void {
    const [column, row] = [x - layer.x, y - layer.y];
    if (column < 0 || row < 0 || column >= layer.width || row >= layer.height) {
      return;
    }
    const index = layer.cells[row * layer.width + column] ?? NOT_OPEN;
    const isHidden = layer.style === 'wrong' && index === shown;
    if (isHidden || this.rgba[index * 4 + 3] !== 255) {
      return;
    }
    const { opacity } = layer;
    for (let channel = 0; channel < 4; channel += 1) {
      const over = this.rgba[index * 4 + channel] ?? 0;
      this.color[channel] = over * opacity + (this.color[channel] ?? 0) * (1 - opacity);
    }
  }
}
