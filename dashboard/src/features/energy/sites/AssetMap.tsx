import { useElementSize } from '@mantine/hooks';
import type { Asset, Site } from '@/api/types';
import { quantity } from '@/ui/format';
import { type IconName, iconPath } from '@/ui/Icon';
import { assetFacts } from '../assetFacts';
import { ASSET } from '../words';
import classes from './AssetMap.module.css';

interface Node {
  id: string;
  name: string;
  facts: string;
  icon: IconName;
  color: string;
}

const NARROWEST = 160;
const WIDEST = 250;
const HEIGHT = 62;
const GAP = 16;

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

function Box({ node, x, y, width }: { node: Node; x: number; y: number; width: number }) {
  const room = width - 54;
  return (
    <g transform={`translate(${x} ${y})`}>
      <title>{`${node.name}: ${node.facts}`}</title>
      <rect width={width} height={HEIGHT} rx={8} className={classes.box} />
      <rect width={4} height={HEIGHT - 20} x={0} y={10} rx={2} fill={`var(${node.color})`} />
      <path d={iconPath(node.icon)} transform="translate(14 20)" className={classes.icon} />
      <text x={44} y={26} className={classes.name}>
        {cut(node.name, Math.floor(room / 7.6))}
      </text>
      <text x={44} y={44} className={classes.facts}>
        {cut(node.facts, Math.floor(room / 6.4))}
      </text>
    </g>
  );
}

/** One-line diagram: the grid connection, the site's bus and what hangs on it. */
export function AssetMap({ site, assets }: { site: Site; assets: Asset[] }) {
  const { ref, width } = useElementSize();
  const limits =
    `≤ ${quantity(site.grid.import_max_kw, 'kW')} in` +
    (site.grid.export_max_kw > 0 ? `, ≤ ${quantity(site.grid.export_max_kw, 'kW')} out` : ', no export');
  const nodes: Node[] = assets.map((asset) => ({
    id: asset.id,
    name: asset.name,
    facts: assetFacts(asset.spec),
    icon: ASSET[asset.spec.type].icon,
    color: ASSET[asset.spec.type].color,
  }));
  const grid: Node = { id: 'grid', name: 'Grid', facts: limits, icon: 'grid', color: '--s-import' };
  const summary = `Grid connection ${limits}; on the bus: ${nodes.map((node) => `${node.name}, ${node.facts}`).join('; ') || 'nothing yet'}`;
  const total = Math.max(width, 280);
  return (
    <div ref={ref}>
      {width > 0 &&
        (total < 560 ? (
          <Upright {...{ grid, nodes, total, summary }} />
        ) : (
          <Flat {...{ grid, nodes, total, summary }} />
        ))}
    </div>
  );
}

interface DrawingProps {
  grid: Node;
  nodes: Node[];
  total: number;
  summary: string;
}

/** Wide: the bus lies, assets above and below it. */
function Flat({ grid, nodes, total, summary }: DrawingProps) {
  const gridWidth = 224;
  const left = gridWidth + 48;
  const fit = Math.max(1, Math.floor((total - left - GAP) / (NARROWEST + GAP)));
  const rows = Math.max(1, Math.ceil(nodes.length / (2 * fit)));
  const above = Math.ceil(nodes.length / 2);
  const column = Math.max(1, Math.min(fit, above));
  const boxWidth = Math.min(WIDEST, Math.floor((total - left - GAP) / column) - GAP);
  const drop = 30;
  const band = rows * (HEIGHT + GAP);
  const bus = band + drop;
  const height = bus + (nodes.length > 1 ? drop + band : HEIGHT / 2 + 4);
  const end = left + column * (boxWidth + GAP);
  const place = (index: number) => {
    const up = index < above;
    const within = up ? index : index - above;
    const x = left + (within % column) * (boxWidth + GAP) + GAP;
    const row = Math.floor(within / column);
    return { x, y: up ? bus - drop - HEIGHT - row * (HEIGHT + GAP) : bus + drop + row * (HEIGHT + GAP), up };
  };
  return (
    <svg width={total} height={height} role="img" aria-label={summary} className={classes.map}>
      <path d={`M${gridWidth} ${bus}H${left - 8}`} className={classes.wire} />
      <path d={`M${left - 8} ${bus}H${end}`} className={classes.bus} />
      {nodes.map((node, index) => {
        const { x, y, up } = place(index);
        // Beside the box above it, where there is more than one row.
        const wire = x + 24;
        return <path key={node.id} d={`M${wire} ${bus}V${up ? y + HEIGHT : y}`} className={classes.wire} />;
      })}
      <Box node={grid} x={0} y={bus - HEIGHT / 2} width={gridWidth} />
      {nodes.map((node, index) => (
        <Box key={node.id} node={node} x={place(index).x} y={place(index).y} width={boxWidth} />
      ))}
    </svg>
  );
}

/** Narrow: the bus stands, assets to its right. */
function Upright({ grid, nodes, total, summary }: DrawingProps) {
  const bus = 14;
  const top = HEIGHT + 24;
  const row = HEIGHT + 10;
  return (
    <svg
      width={total}
      height={top + nodes.length * row}
      role="img"
      aria-label={summary}
      className={classes.map}
    >
      <path d={`M${bus} ${HEIGHT}V${top}`} className={classes.wire} />
      <path d={`M${bus} ${top - 8}V${top + nodes.length * row - 20}`} className={classes.bus} />
      <Box node={grid} x={0} y={0} width={total} />
      {nodes.map((node, index) => {
        const y = top + index * row;
        return (
          <g key={node.id}>
            <path d={`M${bus} ${y + HEIGHT / 2}H40`} className={classes.wire} />
            <Box node={node} x={40} y={y} width={total - 40} />
          </g>
        );
      })}
    </svg>
  );
}
