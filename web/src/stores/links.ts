/** Links to places on the canvas: copied, shared, or shown to be copied by hand. */

import { defineStore } from 'pinia';
import { ref } from 'vue';

import type { Look } from '../canvas/manager';
import { hashOfPlace } from '../composables/place-in-url';
import { t } from '../locales';
import { useGame } from './game';

/** Scale of a link to a cell in CSS pixels per cell: it is clearly seen with its neighbours. */
export const CELL_SCALE = 24;

/** Makes links and hands them over. */
export const useLinks = defineStore('links', () => {
  const { game } = useGame();
  /** A link that could not be copied by itself. */
  const byHand = ref<string | null>(null);
  /** Whether the device has its own way to send a link on. */
  const mayShare = 'share' in navigator && window.matchMedia('(pointer: coarse)').matches;

  /** The link to a place, at a version unless `null`. */
  function linkTo(place: Look, version: number | null = null): string {
    return new URL(hashOfPlace(place, version), location.origin + location.pathname).href;
  }

  /** Copies a link, or shows it where the page may not write to the clipboard. */
  async function copy(link: string): Promise<void> {
    try {
      // The clipboard exists only on https and loopback, and a browser may refuse it.
      await navigator.clipboard.writeText(link);
      game.say('info', t('link.copied'));
    } catch {
      byHand.value = link;
    }
  }

  /** Sends a link on by the device's own way, or else copies it. */
  async function share(link: string): Promise<void> {
    if (!mayShare) {
      await copy(link);
      return;
    }
    try {
      await navigator.share({ title: t('app.name'), url: link });
    } catch (error) {
      const isGivenUp = error instanceof DOMException && error.name === 'AbortError';
      if (!isGivenUp) {
        await copy(link);
      }
    }
  }

  return { byHand, mayShare, linkTo, copy, share };
});
