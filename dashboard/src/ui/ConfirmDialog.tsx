import './inputStyles';
import { Button, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Dialog, DialogActions } from './Dialog';
import { FormError } from './form';

interface ConfirmProps {
  title: string;
  /** The verb on the button. */
  verb: string;
  /** What happens, before it does. */
  children: ReactNode;
  /** To be typed, where the effect cannot be undone. */
  name?: string;
  failure: string | null;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Shows the effect of an act first, and asks for the name where it cannot be undone. */
export function ConfirmDialog({
  title,
  verb,
  children,
  name,
  failure,
  busy,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const sure = !name || typed.trim() === name;
  return (
    <Dialog title={title} kind="modal" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (sure) onConfirm();
        }}
      >
        <FormError message={failure} />
        <div style={{ display: 'grid', gap: 14 }}>
          {children}
          {name && (
            <TextInput
              label={`Type “${name}” to go on`}
              value={typed}
              autoComplete="off"
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </div>
        <DialogActions>
          <Button variant="default" onClick={onClose}>
            Keep
          </Button>
          <Button type="submit" color="red.9" disabled={!sure} loading={busy}>
            {verb}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
