/** What whoever is signed in may do beside playing. */

import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';

import { ModerationApi } from '../api/moderation';
import type { Role } from '../api/types';
import { isAtLeast } from '../moderation/kinds';
import { useGame } from './game';

/** The own role, and the way to use it. */
export const useStaff = defineStore('staff', () => {
  const { game, state, account } = useGame();
  /** `null` while it is not known: nothing is allowed then. */
  const role = ref<Role | null>(null);
  /** Why the role is not known, if that was asked for in vain. */
  const fault = shallowRef<unknown>(null);
  const api = computed(() =>
    (state.slug === null ? null : new ModerationApi(state.slug, game.account.session)));

  /** Asks for the role of whoever is signed in. */
  async function load(): Promise<void> {
    const player = account.player?.id;
    fault.value = null;
    if (api.value === null || player === undefined) {
      role.value = null;
      return;
    }
    try {
      const found = await api.value.ownRole();
      role.value = account.player?.id === player ? found : role.value;
    } catch (error) {
      fault.value = error;
    }
  }

  /** Becomes the first admin. */
  async function claim(code: string): Promise<void> {
    if (api.value !== null) {
      role.value = await api.value.claim(code);
    }
  }

  /** Whether the own role may do what `least` may. */
  function may(least: Role): boolean {
    return isAtLeast(role.value, least);
  }

  watch([() => account.player?.id, api], () => {
    role.value = null;
    void load();
  }, { immediate: true });

  return { role, fault, api, load, claim, may };
});
