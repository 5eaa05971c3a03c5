/** Hands a file to the browser. */
export function download(name: string, url: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}

export function downloadText(name: string, type: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  download(name, url);
  URL.revokeObjectURL(url);
}

const cell = (value: string | number | null | undefined) => {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export const csv = (rows: (string | number | null | undefined)[][]) =>
  `${rows.map((row) => row.map(cell).join(',')).join('\n')}\n`;

export const fileName = (...parts: string[]) =>
  parts
    .join(' ')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-');
