/** The line to Telegram's client: what it is told and what it tells. Loaded inside of it only. */

import { on, postEvent, setTargetOrigin, supports } from '@tma.js/bridge';
import type { MethodName, MethodNameWithRequiredParams, MethodParams } from '@tma.js/bridge';

import type { Haptics } from '../game/haptics';
import type { Launch } from './launch';
import type { Hex } from './theme';

/** CSS pixels along each edge of the page. */
export interface Edges {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** What the client tells. */
export interface ClientEvents {
  /** Theme colours by Telegram's names. */
  theme(params: Readonly<Record<string, unknown>>): void;
  /** `device` is what the screen covers, `content` what the client's own buttons cover. */
  safeArea(kind: 'device' | 'content', edges: Edges): void;
  back(): void;
  mainButton(): void;
  /** Whether the page is the one that the person looks at. */
  visible(isVisible: boolean): void;
  fullScreen(isFullScreen: boolean): void;
}

/** The client's button below the page. */
export interface MainButton {
  readonly text: string;
  readonly color: Hex;
  readonly textColor: Hex;
}

/** Colours of what the client draws around the page. */
export interface FrameColors {
  readonly header: Hex;
  readonly background: Hex;
  readonly bottomBar: Hex;
}

/** The one frame besides native apps that can open the page: Telegram's web client. */
const WEB_CLIENT = 'https://web.telegram.org';

/** Telegram's client as the page knows it. What a client is too old for is left out. */
export class TelegramClient implements Haptics {
  private readonly version: Launch['version'];
  /** What was told last, so that nothing is told twice. */
  private readonly told = new Map<MethodName, string>();
  private readonly stops: (() => void)[] = [];

  constructor({ version }: Launch) {
    this.version = version;
  }

  /** Whether this client can show the page over the whole screen. */
  get hasFullScreen(): boolean {
    return supports('web_app_request_fullscreen', this.version);
  }

  /**
   * Listens, greets the client, and asks for all of the height and for what is around the page.
   * @throws {Error} when there is no client after all.
   */
  begin(events: ClientEvents): void {
    setTargetOrigin(WEB_CLIENT);
    this.listen(events);
    postEvent('iframe_ready', { reload_supported: true });
    postEvent('web_app_ready');
    postEvent('web_app_expand');
    // A hand that drags the canvas down must not close the app.
    this.tell('web_app_setup_swipe_behavior', { allow_vertical_swipe: false });
    this.ask('web_app_request_theme');
    this.ask('web_app_request_safe_area');
    this.ask('web_app_request_content_safe_area');
  }

  /** Listens no more. */
  dispose(): void {
    this.stops.forEach((stop) => { stop(); });
  }

  /** Shows or hides the way back. */
  setBackButton(isVisible: boolean): void {
    this.tell('web_app_setup_back_button', { is_visible: isVisible });
  }

  /** Shows the button below the page; `null` hides it. */
  setMainButton(button: MainButton | null): void {
    this.tell('web_app_setup_main_button', button === null
      ? { is_visible: false }
      : {
          is_visible: true,
          is_active: true,
          text: button.text,
          color: button.color,
          text_color: button.textColor,
        });
  }

  /** Colours what the client draws around the page. */
  setColors({ header, background, bottomBar }: FrameColors): void {
    if (supports('web_app_set_header_color', 'color', this.version)) {
      this.tell('web_app_set_header_color', { color: header });
    } else {
      this.tell('web_app_set_header_color', { color_key: 'secondary_bg_color' });
    }
    this.tell('web_app_set_background_color', { color: background });
    this.tell('web_app_set_bottom_bar_color', { color: bottomBar });
  }

  /** Whether a person who closes the page is asked first. */
  setClosingConfirmation(isAsked: boolean): void {
    this.tell('web_app_setup_closing_behavior', { need_confirmation: isAsked });
  }

  /** Takes the whole screen, or gives it back. */
  setFullScreen(isFullScreen: boolean): void {
    this.ask(isFullScreen ? 'web_app_request_fullscreen' : 'web_app_exit_fullscreen');
  }

  /** Opens an address outside of the page. */
  openLink(url: URL): void {
    if (url.hostname === 't.me') {
      postEvent('web_app_open_tg_link', { path_full: url.pathname + url.search });
    } else {
      postEvent('web_app_open_link', { url: url.href });
    }
  }

  selected(): void {
    this.feel({ type: 'impact', impact_style: 'light' });
  }

  placed(): void {
    this.feel({ type: 'notification', notification_type: 'success' });
  }

  refused(): void {
    this.feel({ type: 'notification', notification_type: 'error' });
  }

  ready(): void {
    this.feel({ type: 'notification', notification_type: 'warning' });
  }

  private feel(params: MethodParams<'web_app_trigger_haptic_feedback'>): void {
    if (supports('web_app_trigger_haptic_feedback', this.version)) {
      postEvent('web_app_trigger_haptic_feedback', params);
    }
  }

  private listen(events: ClientEvents): void {
    this.stops.push(
      on('theme_changed', ({ theme_params: params }) => { events.theme(params); }),
      on('safe_area_changed', (edges) => { events.safeArea('device', edges); }),
      on('content_safe_area_changed', (edges) => { events.safeArea('content', edges); }),
      on('back_button_pressed', () => { events.back(); }),
      on('main_button_pressed', () => { events.mainButton(); }),
      on('visibility_changed', ({ is_visible: isVisible }) => { events.visible(isVisible); }),
      on('fullscreen_changed', ({ is_fullscreen: is }) => { events.fullScreen(is); }),
      on('reload_iframe', () => {
        postEvent('iframe_will_reload');
        location.reload();
      }),
    );
  }

  private ask(
    method:
      | 'web_app_request_theme'
      | 'web_app_request_safe_area'
      | 'web_app_request_content_safe_area'
      | 'web_app_request_fullscreen'
      | 'web_app_exit_fullscreen',
  ): void {
    if (supports(method, this.version)) {
      postEvent(method);
    }
  }

  private tell<M extends MethodNameWithRequiredParams>(method: M, params: MethodParams<M>): void {
    const text = JSON.stringify(params);
    if (this.told.get(method) !== text && supports(method, this.version)) {
      this.told.set(method, text);
      postEvent(method, params);
    }
  }
}
