// Drawn here: a dozen strokes need no package. All on a 20 × 20 grid.
const PATHS = {
  overview: 'M3 3h6v7H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 12h6v5H3z',
  site: 'M3 17V8l5 3V8l5 3V4h4v13zM6.5 14h1M10 14h1M13.5 14h1',
  tariff: 'M4 3h12v14H4zM7 7h6M7 10h6M7 13h3',
  users:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2.5-5 5.5-5s5.5 2 5.5 5M13 4a3 3 0 0 1 0 5.5M15 12.5c2 .7 3 2.3 3 4.5',
  key: 'M13 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l-7 7M5 15l2 2M7.5 12.5l1.5 1.5',
  audit: 'M10 2l7 3v5c0 4-3 7-7 8-4-1-7-4-7-8V5zM7 10l2 2 4-4',
  book: 'M4 3h9a3 3 0 0 1 3 3v11H7a3 3 0 0 1-3-3zM4 14a3 3 0 0 1 3-3h9',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4',
  moon: 'M16.5 12.5A7 7 0 0 1 7.5 3.5a7 7 0 1 0 9 9z',
  user: 'M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17.5c0-3.5 3-5.5 6.5-5.5s6.5 2 6.5 5.5',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  collapse: 'M3 3h14v14H3zM8 3v14M13 8l-2 2 2 2',
  expand: 'M3 3h14v14H3zM8 3v14M11 8l2 2-2 2',
  close: 'M5 5l10 10M15 5L5 15',
  plus: 'M10 4v12M4 10h12',
  check: 'M4 10.5l4 4 8-9',
  warning: 'M10 3l8 14H2zM10 8v4M10 14.2v.3',
  error: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 6v5M10 13.5v.3',
  clock: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 6v4.5l3 1.5',
  run: 'M6 4l10 6-10 6z',
  stop: 'M5 5h10v10H5z',
  dash: 'M5 10h10',
  copy: 'M7 7h10v10H7zM13 7V3H3v10h4',
  download: 'M10 3v9M6 8.5l4 4 4-4M3 16.5h14',
  upload: 'M10 13V4M6 7.5l4-4 4 4M3 16.5h14',
  edit: 'M4 16l1-4 8-8 3 3-8 8zM11.5 5.5l3 3',
  trash: 'M3.5 5.5h13M8 5V3h4v2M5.5 5.5l.8 11.5h7.4l.8-11.5M8.5 9v5M11.5 9v5',
  chevron: 'M8 5l5 5-5 5',
  up: 'M5 12l5-5 5 5',
  down: 'M5 8l5 5 5-5',
  grid: 'M10 2L5 18M10 2l5 16M6.6 13h6.8M7.7 9.5h4.6M4 6h12',
  load: 'M4 17V8l6-5 6 5v9zM8 17v-5h4v5',
  pv: 'M4.5 4h11l2 10h-15zM3.5 9h13M10 4v10M10 14v3M7 17h6',
  battery: 'M2.5 6h13v8h-13zM17.5 8.5v3M6 8.5v3M9 8.5v3',
  ev: 'M3 13V10l2-4.5h8L15.5 10H17v3.5h-1.5M3 13.5h1.5M8 13.5h4.5M6.2 12a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4zM14 12a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z',
  generator: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM12.5 13v-3h-2.5M12.7 7.3A4 4 0 1 0 13 12',
  job: 'M3 4h8v3H3zM7 8.5h9v3H7zM5 13h7v3H5z',
  thermal_storage:
    'M5 5c0-1.5 10-1.5 10 0v10c0 1.5-10 1.5-10 0zM5 5c0 1.5 10 1.5 10 0M5 10c0 1.5 10 1.5 10 0',
  heat_source:
    'M10 2.5c3 3.5 5 5.5 5 9a5 5 0 0 1-10 0c0-2 1-3 2-4 .3 1.5 1 2 1.5 2.3C8 7 8.500 4.500 10 2.500z',
  session: 'M3 4h14v9H3zM7 17h6M10 13v4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: 'none' }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export const iconPath = (name: IconName) => PATHS[name];
