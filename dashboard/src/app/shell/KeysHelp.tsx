import { Dialog } from '@/ui/Dialog';
import type { NavItem } from '../nav';
import classes from './overlay.module.css';

export default function KeysHelp({ items, onClose }: { items: NavItem[]; onClose: () => void }) {
  const keys: [string, string][] = [
    ['Ctrl K', 'Go to a page or a site'],
    ['?', 'Show these keys'],
    ...items.map((item): [string, string] => [`g ${item.key}`, item.label]),
    ['j k', 'Next and previous row of a table'],
    ['Enter', 'Open the row'],
    ['← →', 'Move through a chart that has the focus'],
    ['+ − 0', 'Zoom a chart in, out and back'],
    ['Esc', 'Close a drawer or dialog'],
  ];
  return (
    <Dialog title="Keys" kind="modal" onClose={onClose}>
      <dl className={classes.keys}>
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
