/** The reader's templates: read, kept, shown, and counted against the canvas. */

import { defineStore } from 'pinia';
import { onScopeDispose, ref, shallowRef, watch } from 'vue';

import type { Point } from '../canvas/viewport';
import {
  type KeptTemplate, MAX_TEMPLATES, type Template, TemplateError, type TemplateFault,
} from '../layers/template';
import { fetchPicture } from '../layers/template-file';
import { templateCells } from '../layers/template-image';
import { type Progress, TemplateProgress } from '../layers/template-progress';
import { forgetTemplate, keepTemplate, keptTemplates } from '../layers/template-storage';
import {
  type TemplateLink, titleOfPicture, USUAL_OPACITY, withoutTemplate,
} from '../layers/template-url';
import { t } from '../locales';
import { randomWord } from '../storage/kept-text';
import { useGame } from './game';
import { usePast } from './past';
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
  const past = usePast();
  const templates = shallowRef<readonly Template[]>([]);
  const progress = shallowRef<ReadonlyMap<string, Progress>>(new Map());
  /** Whether templates are shown at all. */
  const areShown = ref(true);
  const isReading = ref(false);
  /** Why the last picture became no template. */
  const fault = ref<TemplateFault | null>(null);
  const origins = new Map<string, Origin>();
  const counts = new Map<string, TemplateProgress>();
  /** Ids of those that are the reader's own, by adding or by a change: they are kept. */
  const keptIds = new Set<string>();
  /** Addresses of those that the reader took away during this visit. */
  const removedUrls = new Set<string>();
  let begun: Promise<void> | null = null;
  let countTimer: ReturnType<typeof setTimeout> | null = null;
  let lastJump = -1;

  function palette(): readonly string[] {
    return state.canvas?.palette.colors ?? [];
  }

  /** Brings back what the browser keeps, and adds what an address named, one after the other. */
  function begin(links: readonly TemplateLink[] = []): Promise<void> {
    begun = (begun ?? bringBack()).then(async () => {
      for (const link of links) {
        if (!(await addLink(link)) && fault.value !== null) {
          game.say('warning', t(`template-fault.${fault.value}`));
        }
      }
    });
    return begun;
  }

  async function bringBack(): Promise<void> {
    await canvasShown();
    // A browser that keeps nothing has nothing to bring back.
    const kept = await keptTemplates(state.info?.canvas ?? '').catch(() => []);
    for (const { id, title, url, x, y, opacity, style, isShown, ...origin } of kept) {
      keptIds.add(id);
      try {
        await make({ id, title, url, x, y, opacity, style, isShown }, origin);
      } catch (error) {
        if (error instanceof TemplateError) {
          keptIds.delete(id);
          forgetTemplate(id).catch(() => undefined);
          game.say('warning', t('templates.lost', { title: title || t('templates.unnamed') }));
        }
      }
    }
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
    removedUrls.delete(what.url ?? '');
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
      keptIds.add(template.id);
      const { id, title, url, x, y, opacity, style, isShown } = template;
      const kept = { id, canvas, title, url, x, y, opacity, style, isShown, ...origin };
      // Without storage the template lasts as long as the page.
      await keepTemplate(kept).catch(() => undefined);
    }
  }

  async function reading(read: () => Promise<void>): Promise<boolean> {
    fault.value = null;
    isReading.value = true;
    try {
      await read();
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
      const origin = { addedAt: Date.now(), file, width };
      await keep(centred(await make(freshlyPlaced(title, null), origin)));
    });
  }

  /**
   * Adds the picture that a link names, for this visit. One that is there already gets the link's
   * place, unless it is the reader's own by now.
   */
  function addLink(link: TemplateLink): Promise<boolean> {
    return reading(async () => {
      const { url, x, y, opacity, width } = link;
      const same = templates.value.find((template) => template.url === url);
      if (same !== undefined && keptIds.has(same.id)) {
        return;
      }
      if (same === undefined) {
        checkRoom();
      }
      const title = link.title === '' ? titleOfPicture(url) : link.title;
      const what = { ...(same ?? freshlyPlaced(title, url)), title, x, y, opacity };
      const known = origins.get(what.id);
      const file = known?.file ?? await fetchPicture(url);
      await make(what, { addedAt: known?.addedAt ?? Date.now(), file, width });
    });
  }

  /** Adds the picture at an address that the reader typed, in the middle of the view. */
  function addUrl(url: string, width: number | null): Promise<boolean> {
    return reading(async () => {
      const same = templates.value.find((template) => template.url === url);
      if (same === undefined) {
        checkRoom();
      }
      const what = same ?? freshlyPlaced(titleOfPicture(url), url);
      const addedAt = origins.get(what.id)?.addedAt ?? Date.now();
      const file = await fetchPicture(url);
      await keep(centred(await make(what, { addedAt, file, width })));
    });
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
    keptIds.delete(id);
    countSoon();
    forgetTemplate(id).catch(() => undefined);
    if (url !== null) {
      removedUrls.add(url);
      dropFromAddress();
    }
  }

  /** What was taken away is in the address no more, also not in one that the history holds. */
  function dropFromAddress(): void {
    const { pathname, search, hash } = location;
    let [query, rest] = [search, hash];
    for (const url of removedUrls) {
      query = withoutTemplate(query, url);
      rest = withoutTemplate(rest, url);
    }
    if (query !== search || rest !== hash) {
      history.replaceState(history.state, '', pathname + query + rest);
    }
  }

  function stepped({ state: step }: PopStateEvent): void {
    if (step !== null) {
      dropFromAddress();
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

  /** The palette changed: every picture is cut anew, and meets what the reader did meanwhile. */
  async function recut(): Promise<void> {
    const colors = palette();
    for (const { id } of templates.value) {
      const origin = origins.get(id);
      const cut = origin === undefined
        ? null
        : await templateCells(origin.file, origin.width, colors).catch(() => null);
      const template = templates.value.find((one) => one.id === id);
      if (colors.join() !== palette().join()) {
        return;
      }
      if (cut !== null && template !== undefined) {
        replace({ ...template, ...cut });
      }
    }
  }

  // A template is for the present: over the past it would only hide what was there.
  watch([templates, () => areShown.value && !past.isOn, () => view.manager], (
    [all, shown, manager],
  ) => {
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
  window.addEventListener('popstate', stepped);
  onScopeDispose(() => {
    window.removeEventListener('popstate', stepped);
    stopListening();
    clearTimeout(countTimer ?? undefined);
  });

  return {
    templates, progress, areShown, isReading, fault, begin, addFile, addUrl, change,
    putHere, remove, flyTo, showNextWrong, toggle, changeOpacity, jump,
  };
});
