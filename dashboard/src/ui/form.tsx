import { NumberInput, type NumberInputProps } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { ApiError, fieldPath, sentenceOf } from '@/api/problem';
import classes from './form.module.css';
import { Icon } from './Icon';

/** A number that may still be missing while a form is filled in. */
export type Numeric = number | '';

export const numberOr = <T,>(value: Numeric | string, fallback: T): number | T =>
  value === '' || !Number.isFinite(Number(value)) ? fallback : Number(value);

/** A number with its unit inside the field. What is out of range is refused in words, not changed silently. */
export function UnitInput({ unit, ...props }: NumberInputProps & { unit?: string }) {
  return (
    <NumberInput
      hideControls
      clampBehavior="none"
      rightSection={unit ? <span className={classes.unit}>{unit}</span> : undefined}
      rightSectionWidth={unit ? unit.length * 7 + 22 : undefined}
      rightSectionPointerEvents="none"
      {...props}
    />
  );
}

export const Fields = ({ children }: { children: ReactNode }) => (
  <div className={classes.fields}>{children}</div>
);
export const Row = ({ children }: { children: ReactNode }) => <div className={classes.row}>{children}</div>;

export function FieldGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      <div className={classes.fields}>{children}</div>
    </fieldset>
  );
}

export function FormError({ message }: { message: string | null }) {
  if (!message) return null;
  return (
    <div role="alert" className={classes.error}>
      <Icon name="error" /> <span>{message}</span>
    </div>
  );
}

/** Puts what the server refuses beside its field; answers the sentence for what belongs to none. */
export function refuse(
  error: unknown,
  known: (path: string) => boolean,
  setFieldError: (path: string, message: string) => void,
): string | null {
  if (!(error instanceof ApiError)) return sentenceOf(error);
  const rest = error.fields.filter((field) => {
    const path = fieldPath(field.pointer);
    if (!known(path)) return true;
    setFieldError(path, field.message);
    return false;
  });
  if (error.fields.length > 0 && rest.length === 0) return 'Some fields need another value.';
  const said = rest.map((field) => field.message).filter((message) => !error.message.includes(message));
  return [error.message, ...said].join(' ');
}

/** Whether a form has a value at that path. */
export function hasPath(values: unknown, path: string): boolean {
  let at: unknown = values;
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(part in at)) return false;
    at = (at as Record<string, unknown>)[part];
  }
  return true;
}

/** Ctrl-Enter submits from anywhere in a long form. */
export function useCtrlEnter(submit: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [submit]);
}

/** Asks before unsaved changes are lost. */
export const mayDiscard = (dirty: boolean) =>
  !dirty || window.confirm('Close without saving? What you changed here is lost.');
