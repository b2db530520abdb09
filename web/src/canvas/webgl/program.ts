/** A compiled shader program with its uniforms by name. */

import { VERTEX_SHADER } from './shaders';

/** A program of the canvas's one vertex shader and a fragment shader. */
export class Program {
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly locations = new Map<string, WebGLUniformLocation | null>();

  /** The program, or `null` when it cannot be built here; `defines` switch parts of it on. */
  static create(
    gl: WebGL2RenderingContext,
    fragment: string,
    defines: readonly string[],
  ): Program | null {
    const program = gl.createProgram();
    const head = defines.map((name) => `#define ${name}\n`).join('');
    const sources = [
      [gl.VERTEX_SHADER, VERTEX_SHADER],
      [gl.FRAGMENT_SHADER, `#version 300 es\n${head}${fragment}`],
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
    const isLinked = gl.getProgramParameter(program, gl.LINK_STATUS) === true;
    if (!isLinked && !gl.isContextLost()) {
      console.error('could not build a shader', gl.getProgramInfoLog(program));
    }
    return isLinked ? new Program(gl, program) : null;
  }

  private constructor(gl: WebGL2RenderingContext, program: WebGLProgram) {
    this.gl = gl;
    this.program = program;
  }

  use(): void {
    this.gl.useProgram(this.program);
  }

  /** Sets an integer or a sampler's texture unit. */
  int(name: string, value: number): void {
    this.gl.uniform1i(this.location(name), value);
  }

  int2(name: string, x: number, y: number): void {
    this.gl.uniform2i(this.location(name), x, y);
  }

  float(name: string, value: number): void {
    this.gl.uniform1f(this.location(name), value);
  }

  float2(name: string, x: number, y: number): void {
    this.gl.uniform2f(this.location(name), x, y);
  }

  /** Sets one vector of three floats, or an array of them. */
  float3(name: string, values: readonly number[]): void {
    this.gl.uniform3fv(this.location(name), values);
  }

  float4(name: string, values: readonly number[]): void {
    this.gl.uniform4fv(this.location(name), values);
  }

  matrix3(name: string, values: Float32Array): void {
    this.gl.uniformMatrix3fv(this.location(name), false, values);
  }

  dispose(): void {
    this.gl.deleteProgram(this.program);
  }

  /** A uniform that this variant does not use has no location, which GL ignores. */
  private location(name: string): WebGLUniformLocation | null {
    let location = this.locations.get(name);
    if (location === undefined) {
      location = this.gl.getUniformLocation(this.program, name);
      this.locations.set(name, location);
    }
    return location;
  }
}
