/** GLSL ES 3.00 of the canvas: boxes of pixels of a target, all work in the fragment. */

import { DOT_SHARE, HEAT_DIMMING, HEAT_RAMP } from '../scene';

/** One box of pixels per instance, as a strip of four corners. */
export const VERTEX_SHADER = `#version 300 es
precision highp float;
layout(location = 0) in vec4 a_box;
uniform vec2 u_target;
uniform vec2 u_rows;

void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  vec2 at = mix(a_box.xy, a_box.zw, corner) / u_target * 2.0 - 1.0;
  gl_Position = vec4(at.x, at.y * u_rows.y, 0.0, 1.0);
}`;

/**
 * What all fragments share: from the pixel to the position in cells, relative to u_base. In u_rows
 * are the y of the first row and the way it runs: the screen's rows run against those of GL.
 */
const HEAD = `
precision highp float;
precision highp int;
precision highp usampler2DArray;
precision highp sampler2DArray;
precision highp usampler2D;
precision highp sampler2D;

uniform mat3 u_inverse;
uniform ivec2 u_base;
uniform float u_zoom;
uniform vec2 u_rows;
uniform ivec2 u_size;
uniform float u_pixel_ratio;

out vec4 o_color;

vec2 position() {
  vec2 pixel = vec2(gl_FragCoord.x, u_rows.x + u_rows.y * gl_FragCoord.y);
  return (u_inverse * vec3(pixel, 1.0)).xy;
}

bool is_outside(ivec2 cell) {
  return any(lessThan(cell, ivec2(0))) || any(greaterThanEqual(cell, u_size));
}
`;

/** Reading cells from their tiles and colours from the palette. */
const CELLS = `
uniform usampler2DArray u_cells;
uniform sampler2D u_palette;
uniform int u_tile_columns;

const int TILE_SHIFT = 10;
const int TILE_MASK = 1023;

ivec3 tile_position(ivec2 cell, int columns) {
  int layer = (cell.y >> TILE_SHIFT) * columns + (cell.x >> TILE_SHIFT);
  return ivec3(cell & TILE_MASK, layer);
}

int index_of(ivec2 cell) {
  return int(texelFetch(u_cells, tile_position(cell, u_tile_columns), 0).r);
}

vec4 palette_color(int index) {
  return texelFetch(u_palette, ivec2(index, 0), 0);
}
`;

/** The pattern of cells that are not open. */
const CHECKER = `
uniform vec3 u_checker[2];
const float CHECKER_PX = 8.0;

vec3 checker() {
  vec2 square = floor(gl_FragCoord.xy / (CHECKER_PX * u_pixel_ratio));
  return u_checker[int(mod(square.x + square.y, 2.0))];
}
`;

/**
 * With TAPS, the mean over the pixel's footprint, so that no single cell vanishes below 1:1. Of
 * SQUARED channels, which is close to linear light, it is right for what is not blended. EACH_TAP
 * has the taps one by one: an emulated GPU takes twice as long for loops.
 */
const MEAN = `
#ifdef TAPS
uniform int u_taps;

vec4 tap(vec2 at) {
  vec4 color = layer(u_base + ivec2(floor(at)));
#ifdef SQUARED
  color.rgb *= color.rgb;
#endif
  return color;
}

vec4 mean_layer() {
  float pitch = 1.0 / (u_zoom * float(u_taps));
  vec2 first = position() - 0.5 / u_zoom + 0.5 * pitch;
  vec4 sum = vec4(0.0);
#define TAP(x, y) sum += tap(first + vec2(x, y) * pitch);
#ifdef EACH_TAP
  EACH_TAP
#else
  for (int at = 0; at < u_taps * u_taps; at++) {
    TAP(at % u_taps, at / u_taps)
  }
#endif
  sum /= float(u_taps * u_taps);
#ifdef SQUARED
  sum.rgb = sqrt(sum.rgb);
#endif
  return sum;
}
#else
vec4 mean_layer() {
  return layer(u_base + ivec2(floor(position())));
}
#endif
`;

/**
 * The cells themselves. On the SCREEN, cells that are not open show the checker; in an image they
 * are transparent, because the checker's squares belong to the screen. Without a branch: an
 * emulated GPU takes both of its ways, and more time.
 */
export const CELLS_SHADER = `${HEAD}${CELLS}${CHECKER}
uniform vec3 u_outside;

vec4 layer(ivec2 cell) {
  ivec2 at = clamp(cell, ivec2(0), u_size - 1);
  return mix(vec4(u_outside, 1.0), palette_color(index_of(at)), float(at == cell));
}
${MEAN}
void main() {
  o_color = mean_layer();
#ifdef SCREEN
  if (o_color.a < 1.0) {
    vec3 ground = checker() * (1.0 - o_color.a);
    o_color = vec4(o_color.rgb + ground, 1.0);
  }
#endif
}`;

/** How recently cells were placed: a ramp of colours over the dimmed canvas. */
export const HEAT_SHADER = `${HEAD}
uniform sampler2DArray u_heat;
uniform int u_heat_columns;
uniform int u_heat_shift;

const float DIMMING = ${HEAT_DIMMING.toFixed(3)};
const vec3 RAMP[4] = vec3[4](${HEAT_RAMP.map(glslColor).join(', ')});

vec4 layer(ivec2 cell) {
  if (is_outside(cell)) {
    return vec4(0.0);
  }
  ivec2 at = cell >> u_heat_shift;
  int tile = (at.y >> 10) * u_heat_columns + (at.x >> 10);
  float heat = texelFetch(u_heat, ivec3(at & 1023, tile), 0).r;
  float step = heat * 3.0;
  int low = min(int(step), 2);
  vec3 color = mix(RAMP[low], RAMP[low + 1], step - float(low));
  float strength = heat == 0.0 ? 0.0 : mix(0.7, 1.0, heat);
  return vec4(color * strength, max(strength, DIMMING));
}
${MEAN}
void main() {
  o_color = mean_layer();
}`;

/** One piece of a template: whole cells, DOTS in them, or only those that are WRONG. */
export const TEMPLATE_SHADER = `${HEAD}${CELLS}
uniform usampler2D u_template;
uniform ivec2 u_origin;
uniform ivec2 u_extent;
uniform float u_opacity;

vec4 layer(ivec2 cell) {
  ivec2 at = cell - u_origin;
  if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, u_extent)) || is_outside(cell)) {
    return vec4(0.0);
  }
  int index = int(texelFetch(u_template, at, 0).r);
#ifdef WRONG
  if (index_of(cell) == index) {
    return vec4(0.0);
  }
#endif
  vec4 color = palette_color(index);
  return vec4(color.rgb * u_opacity, color.a * u_opacity);
}
${MEAN}
void main() {
  o_color = mean_layer();
#ifdef DOTS
  vec2 beyond = abs(fract(position()) - 0.5) - ${(DOT_SHARE / 2).toFixed(3)};
  o_color *= clamp(0.5 - max(beyond.x, beyond.y) * u_zoom, 0.0, 1.0);
#endif
}`;

/**
 * An image with one pixel per cell, enlarged. A pixel inside one cell takes that cell's colour
 * exactly; a pixel that a cell border crosses takes a mean by how much of it lies on each side, by
 * the texture unit's own filter, so that cells look equally wide at any zoom and angle.
 */
export const MAGNIFY_SHADER = `${HEAD}${CHECKER}
uniform sampler2D u_image;
uniform vec2 u_image_from;
uniform vec2 u_image_scale;
uniform float u_grid;

void main() {
  vec2 at = position();
  vec2 from = at - u_image_from;
  vec2 seam = floor(from + 0.5);
  vec2 texel = seam + clamp((from - seam) * u_zoom, -0.5, 0.5);
  vec4 color = texture(u_image, texel * u_image_scale);
  if (color.a < 1.0) {
    color.rgb += checker() * (1.0 - color.a);
  }
#ifdef GRID
  if (!is_outside(u_base + ivec2(floor(at)))) {
    vec2 before = floor(at - 1.0 / u_zoom + 1e-4);
    if (any(notEqual(before, floor(at)))) {
      float luminance = dot(color.rgb, vec3(0.2126, 0.7152, 0.0722));
      color.rgb = mix(color.rgb, vec3(luminance > 0.4 ? 0.0 : 1.0), u_grid);
    }
  }
#endif
  o_color = vec4(color.rgb, 1.0);
}`;

/**
 * The glyph of each cell's colour, black or white, whichever reads better on it: SAME_CONTRAST is
 * the luminance at which both have the same contrast; WCAG 2.2.
 */
export const SYMBOLS_SHADER = `${HEAD}${CELLS}
uniform sampler2D u_glyphs;
uniform float u_glyph_side;

const float GLYPHS_A_ROW = 16.0;
const float INK = 0.8;
const float SAME_CONTRAST = 0.179;

void main() {
  vec2 at = position();
  ivec2 cell = u_base + ivec2(floor(at));
  o_color = vec4(0.0);
  if (is_outside(cell)) {
    return;
  }
  int index = index_of(cell);
  vec4 color = palette_color(index);
  vec2 glyph = vec2(float(index & 15), float(index >> 4)) + fract(at);
  float level = max(log2(u_glyph_side / u_zoom), 0.0);
  float ink = textureLod(u_glyphs, glyph / GLYPHS_A_ROW, level).r * INK * color.a;
  float luminance = dot(pow(color.rgb, vec3(2.2)), vec3(0.2126, 0.7152, 0.0722));
  o_color = vec4(vec3(luminance > SAME_CONTRAST ? 0.0 : ink), ink);
}`;

/**
 * A box of cells with its filling and its two rings. In `within` are the shares of the pixel on the
 * inner side of the box's edge and of either ring's outer one.
 */
export const MARK_SHADER = `${HEAD}
uniform vec4 u_box;
uniform vec4 u_fill;
uniform vec2 u_rings;

void main() {
  vec2 middle = (u_box.xy + u_box.zw) * 0.5;
  vec2 beyond = (abs(position() - middle) - (u_box.zw - u_box.xy) * 0.5) * u_zoom;
  float outward = max(beyond.x, beyond.y);
  vec3 within = clamp(vec3(0.0, u_rings) - outward + 0.5, 0.0, 1.0);
  vec4 fill = vec4(u_fill.rgb * u_fill.a, u_fill.a) * within.x;
  float white = within.y - within.x;
  float black = within.z - within.y;
  o_color = fill + vec4(vec3(white), white + black);
}`;

function glslColor(color: readonly number[]): string {
  return `vec3(${color.map((channel) => (channel / 255).toFixed(4)).join(', ')})`;
}
