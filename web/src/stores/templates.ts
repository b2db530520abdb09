/** The reader's templates: read, kept, shown, and counted against the canvas. */

import { defineStore } from 'pinia';
import { onScopeDispose, ref, shallowRef, watch } from 'vue';

import type { Point } from '../canvas/viewport';
import {
  type KeptTemplate, MAX_TEMPLATES, type Template, TemplateError, type TemplateFault,
} from '../layers/template';
import { fetchPicture } from '../layers/template-file';
import { templateCells } from '../layers/template-image';
import { hasKeptTemplates } from '../layers/template-mark';
import { type Progress, TemplateProgress } from '../layers/template-progress';
import { forgetTemplate, keepTemplate, keptTemplates } from '../layers/template-storage';
import {
  type TemplateLink, templatesFromAddress, USUAL_OPACITY, withoutTemplates,
} from '../layers/template-url';
import { t } from '../locales';
import { randomWord } from '../storage/kept-text';
import { useGame } from './game';
import { useView } from './view';

/** The shown counts follow the canvas this often. */
const COUNT_MS = 250;

/** A wrong cell is looked at from at least this near, in CSS pixels per cell. */
const WRONG_SCALE = 24;

/** What of a template the reader may change. */
export type TemplateChange = Partial<
  Pick<Template, 'title' | 'x' | 'y' | 'opacity' | 'style' | 'isShown'>
>;

/** What a template is made from, besides what it shows. */
type Origin = Pick<KeptTemplate, 'addedAt' | 'file' | 'width'>;

/** Templates of the shown canvas. */
export const useTemplates = defineStore('templates', () => {
  const { game, state } = useGame();
  const view = useView();
  const templates = shallowRef<readonly Template[]>([]);
  const progress = shallowRef<ReadonlyMap<string, Progress>>(new Map());
  /** Whether templates are shown at all. */
  const areShown = ref(true);
  const isReading = ref(false);
  /** Why the last picture became no template. */
  const fault = ref<TemplateFault | null>(null);
  const origins = new Map<string, Origin>();
  const counts = new Map<string, TemplateProgress>();
  let begun: Promise<void> | null = null;
  let countTimer: ReturnType<typeof setTimeout> | null = null;
  let lastJump = -1;

  function palette(): readonly string[] {
    return state.canvas?.palette.colors ?? [];
  }

  /** Brings back what the browser keeps, and adds what the address named. */
  async function begin(links: readonly TemplateLink[] = []): Promise<void> {
    begun ??= bringBack();
    await begun;
    for (const link of links) {
      if (!(await addLink(link)) && fault.value !== null) {
        game.say('warning', t(`template-fault.${fault.value}`));
      }
    }
  }

  async function bringBack(): Promise<void> {
    await canvasShown();
    // A browser that keeps nothing has nothing to bring back.
    const kept = await keptTemplates(state.info?.canvas ?? '').catch(() => []);
    for (const { id, title, url, x, y, opacity, style, isShown, ...origin } of kept) {
      await make({ id, title, url, x, y, opacity, style, isShown }, origin).catch(() => undefined);
    }
    hasKeptTemplates.set(templates.value.length > 0);
  }

  /** Resolves once there is a canvas: what is kept belongs to one, and is cut to its palette. */
  function canvasShown(): Promise<void> {
    return new Promise((resolve) => {
      const stop = watch(() => state.canvas !== null && state.info !== null, (isShown) => {
        if (isShown) {
          resolve();
          // A watcher that is called at once cannot be stopped by its own answer yet.
          queueMicrotask(() => { stop(); });
        }
      }, { immediate: true });
    });
  }

  /** Cuts a picture into cells and shows it; one with the same id is replaced. */
  async function make(
    what: Omit<Template, 'cells' | 'width' | 'height'>,
    { addedAt, file, width }: Origin,
  ): Promise<Template> {
    const cells = await templateCells(file, width, palette());
    const template = { ...what, ...cells };
    origins.set(what.id, { addedAt, file, width });
    replace(template);
    return template;
  }

  function replace(template: Template): void {
    const isKnown = templates.value.some(({ id }) => id === template.id);
    const before = templates.value.find(({ id }) => id === template.id);
    templates.value = isKnown
      ? templates.value.map((one) => (one.id === template.id ? template : one))
      : [...templates.value, template];
    const isMoved = before?.x !== template.x || before.y !== template.y;
    if (isMoved || before.cells !== template.cells) {
      count(template);
    }
  }

  async function keep(template: Template): Promise<void> {
    const origin = origins.get(template.id);
    const canvas = state.info?.canvas;
    if (origin !== undefined && canvas !== undefined) {
      const { id, title, url, x, y, opacity, style, isShown } = template;
      const kept = { id, canvas, title, url, x, y, opacity, style, isShown, ...origin };
      // Without storage the template lasts as long as the page.
      await keepTemplate(kept).then(() => { hasKeptTemplates.set(true); }, () => undefined);
    }
  }

  async function reading(read: () => Promise<Template>): Promise<boolean> {
    fault.value = null;
    isReading.value = true;
    try {
      await keep(await read());
      return true;
    } catch (error) {
      fault.value = error instanceof TemplateError ? error.fault : 'no-picture';
      return false;
    } finally {
      isReading.value = false;
    }
  }

  function checkRoom(): void {
    if (templates.value.length >= MAX_TEMPLATES) {
      throw new TemplateError('too-many');
    }
  }

  /** Adds a file of the reader's in the middle of the view; tells whether that went well. */
  function addFile(file: File, width: number | null): Promise<boolean> {
    return reading(async () => {
      checkRoom();
      const title = file.name.replace(/\.[^.]*$/, '');
      return make(freshlyPlaced(title, null), { addedAt: Date.now(), file, width })
        .then((template) => centred(template));
    });
  }

  /** Adds the picture at an address; one that is there already gets the link's place. */
  function addLink(link: TemplateLink): Promise<boolean> {
    return reading(async () => {
      const same = templates.value.find(({ url }) => url === link.url);
      if (same === undefined) {
        checkRoom();
      }
      const file = await fetchPicture(link.url);
      const { x, y, opacity, url } = link;
      const title = link.title === '' ? titleOf(url) : link.title;
      const what = same ?? freshlyPlaced(title, url);
      const addedAt = origins.get(what.id)?.addedAt ?? Date.now();
      return make({ ...what, title, x, y, opacity }, { addedAt, file, width: link.width });
    });
  }

  /** Adds the picture at an address that the reader typed, in the middle of the view. */
  async function addUrl(url: string, width: number | null): Promise<boolean> {
    const title = titleOf(url);
    const isAdded = await addLink({ url, x: 0, y: 0, width, title, opacity: USUAL_OPACITY });
    const added = templates.value.find((template) => template.url === url);
    if (isAdded && added !== undefined) {
      await keep(centred(added));
    }
    return isAdded;
  }

  function freshlyPlaced(title: string, url: string | null) {
    return {
      id: randomWord(), title, url, x: 0, y: 0,
      opacity: USUAL_OPACITY, style: 'full', isShown: true,
    } as const;
  }

  /** Moves a template's middle into the middle of the view. */
  function centred(template: Template): Template {
    const middle = view.manager?.middleCell() ?? { x: 0, y: 0 };
    const moved = {
      ...template,
      x: middle.x - Math.floor(template.width / 2),
      y: middle.y - Math.floor(template.height / 2),
    };
    replace(moved);
    return moved;
  }

  /** Changes a template, for the next visit too. */
  function change(template: Template, changes: TemplateChange): void {
    const next = { ...template, ...changes };
    replace(next);
    void keep(next);
  }

  /** Puts a template into the middle of the view. */
  function putHere(template: Template): void {
    void keep(centred(template));
  }

  /** Takes a template away, also from the address and from what the browser keeps. */
  function remove({ id, url }: Template): void {
    templates.value = templates.value.filter((template) => template.id !== id);
    origins.delete(id);
    counts.delete(id);
    countSoon();
    forgetTemplate(id).catch(() => undefined);
    hasKeptTemplates.set(templates.value.length > 0);
    if (templatesFromAddress(location).some((link) => link.url === url)) {
      const { pathname, search, hash } = location;
      const address = pathname + withoutTemplates(search) + withoutTemplates(hash);
      history.replaceState(history.state, '', address);
    }
  }

  /** Shows all of a template. */
  function flyTo(template: Template): void {
    const { x, y, width, height } = template;
    const scale = Math.min((innerWidth * 0.8) / width, (innerHeight * 0.5) / height, WRONG_SCALE);
    view.manager?.flyTo({
      x: Math.floor(x + width / 2), y: Math.floor(y + height / 2), scale,
    });
  }

  /** Shows the next wrong cell of a template; `null` when all of it is right. */
  function showNextWrong({ id }: Template): Point | null {
    const cell = counts.get(id)?.nextWrong() ?? null;
    if (cell !== null) {
      const scale = Math.max(view.camera?.scale ?? 0, WRONG_SCALE);
      view.manager?.flyTo({ ...cell, scale });
      view.select(cell);
    }
    return cell;
  }

  /** Shows or hides all templates. */
  function toggle(): void {
    areShown.value = !areShown.value;
    game.say('info', t(areShown.value ? 'templates.shown' : 'templates.hidden'));
  }

  /** Makes all templates more or less opaque. */
  function changeOpacity(by: number): void {
    for (const template of templates.value) {
      const opacity = Math.min(Math.max(Math.round((template.opacity + by) * 10) / 10, 0), 1);
      change(template, { opacity });
    }
    const percent = Math.round((templates.value[0]?.opacity ?? 0) * 100);
    game.say('info', t('templates.opacity-now', { percent }));
  }

  /** Shows one template after the other; tells whether there is any. */
  function jump(): boolean {
    lastJump = (lastJump + 1) % Math.max(templates.value.length, 1);
    const template = templates.value[lastJump];
    if (template !== undefined) {
      flyTo(template);
    }
    return template !== undefined;
  }

  function count(template: Template): void {
    const cells = state.canvas?.cells;
    if (cells !== undefined) {
      counts.set(template.id, new TemplateProgress(template, cells));
      countSoon();
    }
  }

  function countSoon(): void {
    countTimer ??= setTimeout(() => {
      countTimer = null;
      progress.value = new Map([...counts].map(([id, counted]) => [id, counted.progress]));
    }, COUNT_MS);
  }

  /** The palette changed: every picture is cut anew. */
  async function recut(): Promise<void> {
    for (const template of templates.value) {
      const origin = origins.get(template.id);
      if (origin !== undefined) {
        await make(template, origin).catch(() => undefined);
      }
    }
  }

  watch([templates, areShown, () => view.manager], ([all, shown, manager]) => {
    manager?.setTemplates(shown ? all.filter(({ isShown }) => isShown) : []);
  });
  watch(() => state.canvas?.cells, () => { templates.value.forEach(count); });
  watch(() => palette().join(), () => void recut());
  const stopListening = game.onChanges((delta) => {
    // Not `some`: every template has to hear of the change.
    const isChanged = delta !== null &&
      [...counts.values()].filter((counted) => counted.changed(delta.indexes)).length > 0;
    if (isChanged) {
      countSoon();
    }
  });
  onScopeDispose(() => {
    stopListening();
    clearTimeout(countTimer ?? undefined);
  });

  return {
    templates, progress, areShown, isReading, fault, begin, addFile, addLink, addUrl, change,
    putHere, remove, flyTo, showNextWrong, toggle, changeOpacity, jump,
  };
});

/** A name for a picture that has only an address. */
function titleOf(url: string): string {
  const name = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(name).replace(/\.[^.]*$/, '');
  } catch {
    return name;
  }
}
