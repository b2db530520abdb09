/** What a game consists of once it is known which canvas the server has. */

import type { CanvasApi } from '../api/client';
import type { Feed } from '../live/feed';
import type { CanvasFollower } from '../live/follower';
import type { SnapshotPoller } from '../live/poller';
import type { Placer } from '../placements/placer';

/** The parts of one game. */
export interface Parts {
  readonly api: CanvasApi;
  readonly placer: Placer;
  readonly follower: CanvasFollower;
  readonly feed: Feed;
  readonly poller: SnapshotPoller;
}
