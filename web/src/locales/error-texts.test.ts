import { expect, it } from 'vitest';

import api from '../../../docs/API.md?raw';
import en from './en.json';

/** Codes of the interface that a page never tells a person. */
const NEVER_TOLD: readonly string[] = [
  // The page asks in no such way.
  'method_not_allowed', 'unsupported_media_type', 'body_too_large', 'image_too_large',
  'invalid_placement_id', 'empty_batch', 'batch_too_large', 'repeated_cell', 'player_not_found',
  'timelapse_not_done',
  // The console has words of its own for them.
  'not_a_moderator', 'invalid_act', 'nothing_to_do', 'preview_needed', 'preview_gone', 'overtaken',
  'act_not_found', 'not_undoable', 'wrong_code',
  // Answers to a handshake: browsers tell scripts only that it failed.
  'invalid_ticket', 'upgrade_required', 'foreign_origin',
  // The page goes on by itself, or has words of its own where it looks at the past.
  'snapshot_not_found', 'version_not_found', 'version_ahead', 'history_not_ready',
  'segment_not_found', 'keyframe_not_found',
  // The page links to exports and asks for none.
  'format_unsuitable', 'range_not_satisfiable', 'round_not_found', 'too_many_exports',
];

/** Reasons that the page itself gives. */
const OWN = ['sign_in_failed', 'too_fast', 'unreachable'];

it('every code that a page can meet has a text, and none has one in vain', () => {
  const codes = [...api.matchAll(/^\| `(\w+)` \| \d{3} \|/gm)].map(([, code]) => code ?? '');
  expect(codes.length).toBeGreaterThan(50);
  const told = codes.filter((code) => !NEVER_TOLD.includes(code));
  expect(Object.keys(en.error).toSorted()).toEqual([...told, ...OWN].toSorted());
  expect(NEVER_TOLD.filter((code) => !codes.includes(code))).toEqual([]);
});
