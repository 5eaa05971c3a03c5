import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { NavItem } from '../nav';

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Keys that hold on every page: Ctrl-K, `?`, and `g` followed by a page's letter. */
export function useKeys(items: NavItem[], open: (overlay: 'palette' | 'keys') => void) {
  const navigate = useNavigate();
  useEffect(() => {
    let waiting = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        open('palette');
        return;
      }
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.key === '?') open('keys');
      const pending = Date.now() - waiting < 1000;
      waiting = event.key === 'g' ? Date.now() : 0;
      const item = pending ? items.find((each) => each.key === event.key) : undefined;
      if (item) void navigate({ to: item.to });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [items, navigate, open]);
}
