import type { ReactNode } from 'react';
import classes from './controls.module.css';
import { Icon, type IconName } from './Icon';

export type Tone = 'good' | 'warning' | 'bad' | 'info' | 'idle';

/** A state: never by colour alone. */
export function Status({ tone, icon, children }: { tone: Tone; icon: IconName; children: ReactNode }) {
  return (
    <span className={classes.status} data-tone={tone}>
      <Icon name={icon} size={15} />
      {children}
    </span>
  );
}

export function Progress({ ratio, label }: { ratio: number; label: string }) {
  const value = Math.round(Math.min(1, Math.max(0, ratio)) * 100);
  return (
    <div
      className={classes.track}
      role="progressbar"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div className={classes.fill} style={{ width: `${value}%` }} />
    </div>
  );
}

export const Chip = ({ children }: { children: ReactNode }) => (
  <span className={classes.chip}>{children}</span>
);

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** A choice among a few views of the same thing. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a form's frame
    <div className={classes.segments} role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          className={classes.segment}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick: () => void;
}

export function IconButton({ icon, label, onClick }: IconButtonProps) {
  return (
    <button type="button" className={classes.iconButton} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
