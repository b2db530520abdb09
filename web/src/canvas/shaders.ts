/** GLSL ES 3.00 of the canvas: one triangle over the view, all work in the fragment. */

/** A triangle that covers the view, from the vertex number alone. */
export const VERTEX_SHADER = `#version 300 es
void main() {
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/**
 * Colours one device pixel. A pixel inside one cell takes that cell's colour exactly. A pixel
 * that a cell border crosses takes the mean by area, so that cells look equally wide at any
 * zoom and angle; below 1:1 it takes the mean of taps spread over its footprint, so that a
 * single changed cell never vanishes. Means are taken of squared channels, close to linear light.
 */
export const FRAGMENT_SHADER = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2DArray;
precision highp sampler2D;

uniform usampler2DArray u_cells;
uniform sampler2D u_palette;
uniform ivec2 u_size;
uniform int u_tile_columns;
uniform mat3 u_inverse;
uniform ivec2 u_base;
uniform float u_zoom;
uniform float u_view_height;
uniform float u_pixel_ratio;
uniform int u_taps;
uniform float u_grid;
uniform vec3 u_outside;
uniform vec3 u_checker[2];
uniform ivec3 u_cursor;

out vec4 o_color;

const int TILE_SHIFT = 10;
const int TILE_MASK = 1023;
const int NONE = -1;
const float CHECKER_PX = 8.0;
const float RING_PX = 2.0;
/* Borders closer to a pixel's edge than this share of it are float noise, not geometry. */
const float EDGE_NOISE = 0.02;

vec3 palette_color(int index) {
  vec4 entry = texelFetch(u_palette, ivec2(index, 0), 0);
  if (entry.a < 0.5) {
    vec2 square = floor(gl_FragCoord.xy / (CHECKER_PX * u_pixel_ratio));
    return u_checker[int(mod(square.x + square.y, 2.0))];
  }
  return entry.rgb;
}

vec3 cell_color(ivec2 cell) {
  if (any(lessThan(cell, ivec2(0))) || any(greaterThanEqual(cell, u_size))) {
    return u_outside;
  }
  if (u_cursor.z != NONE && cell == u_cursor.xy) {
    return palette_color(u_cursor.z);
  }
  int layer = (cell.y >> TILE_SHIFT) * u_tile_columns + (cell.x >> TILE_SHIFT);
  uint index = texelFetch(u_cells, ivec3(cell & TILE_MASK, layer), 0).r;
  return palette_color(int(index));
}

vec3 magnified(vec2 at) {
  float reach = 0.5 / u_zoom;
  vec2 low = floor(at - reach);
  vec2 high = floor(at + reach);
  vec2 share = clamp((at + reach - high) * u_zoom, 0.0, 1.0);
  if (low.x == high.x) share.x = 1.0;
  if (low.y == high.y) share.y = 1.0;
  if (share.x < EDGE_NOISE) { high.x = low.x; share.x = 1.0; }
  if (share.y < EDGE_NOISE) { high.y = low.y; share.y = 1.0; }
  if (share.x > 1.0 - EDGE_NOISE) { low.x = high.x; }
  if (share.y > 1.0 - EDGE_NOISE) { low.y = high.y; }
  ivec2 a = u_base + ivec2(low);
  ivec2 b = u_base + ivec2(high);
  if (a == b) {
    return cell_color(a);
  }
  vec3 c00 = cell_color(a);
  vec3 c10 = cell_color(ivec2(b.x, a.y));
  vec3 c01 = cell_color(ivec2(a.x, b.y));
  vec3 c11 = cell_color(b);
  vec3 top = mix(c00 * c00, c10 * c10, share.x);
  vec3 bottom = mix(c01 * c01, c11 * c11, share.x);
  return sqrt(mix(top, bottom, share.y));
}

vec3 reduced(vec2 at) {
  float pitch = 1.0 / (u_zoom * float(u_taps));
  vec2 first = at - 0.5 / u_zoom + 0.5 * pitch;
  vec3 sum = vec3(0.0);
  for (int row = 0; row < u_taps; row++) {
    for (int column = 0; column < u_taps; column++) {
      vec2 tap = floor(first + vec2(float(column), float(row)) * pitch);
      vec3 color = cell_color(u_base + ivec2(tap));
      sum += color * color;
    }
  }
  return sqrt(sum / float(u_taps * u_taps));
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, u_view_height - gl_FragCoord.y);
  vec2 at = (u_inverse * vec3(pixel, 1.0)).xy;
  vec3 color = u_zoom >= 1.0 ? magnified(at) : reduced(at);
  ivec2 cell = u_base + ivec2(floor(at));
  bool inside = all(greaterThanEqual(cell, ivec2(0))) && all(lessThan(cell, u_size));

  if (u_grid > 0.0 && inside) {
    vec2 before = floor(at - 1.0 / u_zoom + 1e-4);
    if (any(notEqual(before, floor(at)))) {
      float luminance = dot(color, vec3(0.2126, 0.7152, 0.0722));
      color = mix(color, vec3(luminance > 0.4 ? 0.0 : 1.0), u_grid);
    }
  }

  if (u_cursor.x != NONE) {
    vec2 middle = vec2(u_cursor.xy - u_base) + 0.5;
    vec2 beyond = (abs(at - middle) - 0.5) * u_zoom;
    float distance_px = max(beyond.x, beyond.y) / u_pixel_ratio;
    if (distance_px > 0.0 && distance_px < RING_PX) {
      color = vec3(1.0);
    } else if (distance_px >= RING_PX && distance_px < RING_PX * 1.75) {
      color = vec3(0.0);
    }
  }
  o_color = vec4(color, 1.0);
}`;
