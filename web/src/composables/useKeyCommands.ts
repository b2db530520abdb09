/** What the keys of the canvas do. */

import type { KeyCommand } from '../canvas/gestures/keyboard';
import { usePlacing } from '../stores/placing';
import { useView } from '../stores/view';

/** The function that carries out a key's command; the manager moves its camera by itself. */
export function useKeyCommands(): (command: KeyCommand) => void {
  const placing = usePlacing();
  const view = useView();
  return (command) => {
    switch (command.kind) {
      case 'move':
        view.moveSelected(command.dx, command.dy);
        break;
      case 'color':
        placing.chooseColor(command.index);
        break;
      case 'place':
        placing.placeAtCursor();
        break;
      case 'deselect':
        placing.letGo();
        break;
      case 'zoom':
      case 'fit':
        break;
    }
  };
}
