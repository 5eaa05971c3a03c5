import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#eef1fd',
  '#dbe1fa',
  '#b8c4f4',
  '#93a4ee',
  '#7389e8',
  '#5a73e3',
  '#3f59d6',
  '#2f4bc7',
  '#263eaa',
  '#1c2f84',
];

/** Our greys lean to blue; Mantine's fields take theirs from here in the dark scheme. */
const dark: MantineColorsTuple = [
  '#e9ebee',
  '#c3c9d1',
  '#a0a8b2',
  '#7b848f',
  '#414850',
  '#2a2f36',
  '#1e2227',
  '#171a1e',
  '#121518',
  '#0f1114',
];

// By name, not by import: the fields themselves load with the pages that have forms.
const field = { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } };

export const theme = createTheme({
  colors: { accent, dark },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 6,
  cursorType: 'pointer',
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  respectReducedMotion: true,
  components: {
    TextInput: field,
    PasswordInput: field,
    NumberInput: field,
    NativeSelect: field,
    Textarea: field,
  },
});

/** Mantine's own words for our tokens, so that its parts and ours look alike. */
export const variables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--muted)',
    '--mantine-color-placeholder': 'var(--muted)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-border': 'var(--border-strong)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-anchor': 'var(--accent-text)',
  };
  return { variables: {}, light: shared, dark: shared };
};
