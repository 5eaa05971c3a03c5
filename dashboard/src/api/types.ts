// Names for the schemas of the generated contract, so that pages need not spell the path to them.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Me = Schemas['Me'];
export type Session = Schemas['Session'];
export type User = Schemas['User'];
export type Role = Schemas['Role'];
export type RoleBinding = Schemas['RoleBinding'];
export type ApiKey = Schemas['ApiKey'];
export type AuditRecord = Schemas['AuditRecord'];
export type Problem = Schemas['Problem'];
export type ProblemField = Schemas['ProblemField'];

export type Site = Schemas['Site'];
export type NewSite = Schemas['NewSite'];
export type Asset = Schemas['Asset'];
export type AssetSpec = Schemas['AssetSpec'];
export type AssetType = AssetSpec['type'];
export type Tariff = Schemas['Tariff'];
export type NewTariff = Schemas['NewTariff'];
export type Price = Schemas['Price'];
export type PriceWindow = Schemas['PriceWindow'];
export type Channel = Schemas['Channel'];
export type Series = Schemas['Series'];
export type ReadingsReport = Schemas['ReadingsReport'];
export type Optimization = Schemas['Optimization'];
export type OptimizationResult = Schemas['OptimizationResult'];
export type NewOptimization = Schemas['NewOptimization'];
export type ObjectiveKind = Schemas['ObjectiveKind'];
export type JobStatus = Schemas['JobStatus'];
export type CostBreakdown = Schemas['CostBreakdown'];
export type SitePlan = Schemas['SitePlan'];
export type AssetPlan = Schemas['AssetPlan'];
export type Violation = Schemas['Violation'];
