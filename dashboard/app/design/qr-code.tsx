import { useEffect, useState } from 'preact/hooks';
import { t } from '../words/translate.ts';

interface Drawn {
  size: number;
  path: string;
}

/** Modules of light around the code, ISO/IEC 18004 asks for 4. */
const QUIET = 4;

async function draw(text: string): Promise<Drawn> {
  const { generate } = await import('lean-qr');
  const code = generate(text);
  let path = '';
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  }
  return { size: code.size + 2 * QUIET, path };
}

/** A text for a camera; the same text must stand beside it for who has none. */
export function QrCode({ text }: { text: string }) {
  const [drawn, setDrawn] = useState<Drawn>();
  useEffect(() => {
    let isCurrent = true;
    void draw(text).then((code) => {
      if (isCurrent) setDrawn(code);
    });
    return () => {
      isCurrent = false;
    };
  }, [text]);
  if (drawn === undefined) return <div class="qr" />;
  return (
    <svg class="qr" viewBox={`0 0 ${drawn.size} ${drawn.size}`} role="img" aria-label={t('design.qr')}>
      <rect width={drawn.size} height={drawn.size} fill="#ffffff" />
      <path d={drawn.path} fill="#000000" shape-rendering="crispEdges" />
    </svg>
  );
}
