const REVOKED_AFTER_MS = 60_000;

/** Hands bytes to the person as a file; the page itself stores nothing. */
export function saveFile(file: { name: string; mediaType: string; bytes: Uint8Array | Blob }): void {
  const { name, mediaType, bytes } = file;
  const blob = bytes instanceof Blob ? bytes : new Blob([bytes as BlobPart], { type: mediaType });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has its own hold on the bytes once the download began.
  window.setTimeout(() => URL.revokeObjectURL(url), REVOKED_AFTER_MS);
}
