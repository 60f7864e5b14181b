// Generated from exampleservice.xproto. Edit the xproto, then run `accord generate`.
import { defineModel, type Model, type Ref } from '../../define/index.ts';

/** Publishes one web page per tenant; shows what a synchronizer is made of */
export interface ExampleServiceState {
  name: string;
  description: string | null;
  /** @default true */
  enabled: boolean;
  /** @default 'generic' */
  kind: 'generic' | 'data' | 'control' | 'oss';
  versionNumber: string | null;
  /** @default true */
  published: boolean;
  icon_url: string | null;
  public_key: string | null;
  /** File that holds the private key */
  private_key_fn: string | null;
  /** For the service's own use */
  service_specific_id: string | null;
  /** For the service's own use */
  service_specific_attribute: string | null;
  /** Message of the service, shown on every page */
  service_message: string;
  /** Where the service runs */
  site: Ref<typeof Site> | null;
}
export interface ExampleServiceFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const ExampleService = defineModel<
  'ExampleService',
  ExampleServiceState,
  ExampleServiceFeedback,
  'description' | 'enabled' | 'kind' | 'versionNumber' | 'published' | 'icon_url' | 'public_key' | 'private_key_fn' | 'service_specific_id' | 'service_specific_attribute' | 'site'
>('ExampleService');

/** A color that pages may use */
export interface ColorState {
  /** What people call this color */
  name: string;
  /** What HTML calls it, such as #336699 */
  html_code: string;
}
export interface ColorFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Color = defineModel<
  'Color',
  ColorState,
  ColorFeedback
>('Color');

/** The web page of one tenant */
export interface ExampleServiceInstanceState {
  name: string | null;
  /** For the service's own use */
  service_specific_id: string | null;
  /** For the service's own use */
  service_specific_attribute: string | null;
  /**
   * Grows when a link to a provider goes away
   * @default 0
   */
  link_deleted_count: number | null;
  external_hostname: string | null;
  external_container: string | null;
  /** Message of the tenant, shown on the page */
  tenant_message: string;
  /** The service that it is a share of */
  owner: Ref<typeof ExampleService>;
  /** The one that brought this one about */
  master_serviceinstance: Ref<AnyServiceInstance> | null;
  /** The machine */
  instance: Ref<typeof Instance> | null;
  creator: Ref<typeof User> | null;
  /** Color of the text */
  foreground_color: Ref<typeof Color> | null;
  /** Color behind the text */
  background_color: Ref<typeof Color> | null;
}
export interface ExampleServiceInstanceFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const ExampleServiceInstance = defineModel<
  'ExampleServiceInstance',
  ExampleServiceInstanceState,
  ExampleServiceInstanceFeedback,
  'name' | 'service_specific_id' | 'service_specific_attribute' | 'link_deleted_count' | 'external_hostname' | 'external_container' | 'master_serviceinstance' | 'instance' | 'creator' | 'foreground_color' | 'background_color'
>('ExampleServiceInstance');

/** An image on a page */
export interface EmbeddedImageState {
  /** What the image shows, for those who cannot see it */
  name: string;
  /** Where browsers get the image from */
  url: string;
  /** The page that shows the image */
  serviceinstance: Ref<typeof ExampleServiceInstance> | null;
}
export interface EmbeddedImageFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const EmbeddedImage = defineModel<
  'EmbeddedImage',
  EmbeddedImageState,
  EmbeddedImageFeedback,
  'serviceinstance'
>('EmbeddedImage');

/** A place with nodes and people, run by one organization */
export interface SiteState {
  /** What the site is called */
  name: string;
  /** What the names of its slices begin with */
  login_base: string;
  abbreviated_name: string | null;
  /** The site's own page */
  site_url: string | null;
  /** @default true */
  enabled: boolean;
  /**
   * Whether other sites see it
   * @default true
   */
  is_public: boolean;
  /** @default true */
  hosts_nodes: boolean;
  /** @default true */
  hosts_users: boolean;
  latitude: number | null;
  longitude: number | null;
}
export interface SiteFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Site = defineModel<
  'Site',
  SiteState,
  SiteFeedback,
  'abbreviated_name' | 'site_url' | 'enabled' | 'is_public' | 'hosts_nodes' | 'hosts_users' | 'latitude' | 'longitude'
>('Site');

/** A person who uses the installation */
export interface UserState {
  email: string;
  username: string | null;
  password: string | null;
  firstname: string;
  lastname: string;
  phone: string | null;
  user_url: string | null;
  /** The person's ssh key */
  public_key: string | null;
  /** @default true */
  is_active: boolean;
  /** @default false */
  is_admin: boolean;
  /** @default true */
  is_staff: boolean;
  /** @default false */
  is_readonly: boolean;
  /** @default false */
  is_registering: boolean;
  /** @default false */
  is_appuser: boolean;
  /** @default 'UTC' */
  timezone: string;
  /** The site that the person belongs to */
  site: Ref<typeof Site>;
}
export interface UserFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
  last_login: string | null;
}
export const User = defineModel<
  'User',
  UserState,
  UserFeedback,
  'username' | 'password' | 'phone' | 'user_url' | 'public_key' | 'is_active' | 'is_admin' | 'is_staff' | 'is_readonly' | 'is_registering' | 'is_appuser' | 'timezone'
>('User');

/** Something that is offered to tenants */
export interface ServiceState {
  name: string;
  description: string | null;
  /** @default true */
  enabled: boolean;
  /** @default 'generic' */
  kind: 'generic' | 'data' | 'control' | 'oss';
  versionNumber: string | null;
  /** @default true */
  published: boolean;
  icon_url: string | null;
  public_key: string | null;
  /** File that holds the private key */
  private_key_fn: string | null;
  /** For the service's own use */
  service_specific_id: string | null;
  /** For the service's own use */
  service_specific_attribute: string | null;
  /** Where the service runs */
  site: Ref<typeof Site> | null;
}
export interface ServiceFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Service = defineModel<
  'Service' | 'ExampleService',
  ServiceState,
  ServiceFeedback,
  'description' | 'enabled' | 'kind' | 'versionNumber' | 'published' | 'icon_url' | 'public_key' | 'private_key_fn' | 'service_specific_id' | 'service_specific_attribute' | 'site'
>('Service');
/** Any Service: what a link to one may hold. Follow it, then `switch (object.model)`. */
export type AnyService =
  | Model<'Service', ServiceState, ServiceFeedback>
  | typeof ExampleService;

/** One tenant's share of a service */
export interface ServiceInstanceState {
  name: string | null;
  /** For the service's own use */
  service_specific_id: string | null;
  /** For the service's own use */
  service_specific_attribute: string | null;
  /**
   * Grows when a link to a provider goes away
   * @default 0
   */
  link_deleted_count: number | null;
  /** The service that it is a share of */
  owner: Ref<AnyService>;
  /** The one that brought this one about */
  master_serviceinstance: Ref<AnyServiceInstance> | null;
}
export interface ServiceInstanceFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const ServiceInstance = defineModel<
  'ServiceInstance' | 'ComputeServiceInstance' | 'TenantWithContainer' | 'ExampleServiceInstance',
  ServiceInstanceState,
  ServiceInstanceFeedback,
  'name' | 'service_specific_id' | 'service_specific_attribute' | 'link_deleted_count' | 'master_serviceinstance'
>('ServiceInstance');
/** Any Service Instance: what a link to one may hold. Follow it, then `switch (object.model)`. */
export type AnyServiceInstance =
  | Model<'ServiceInstance', ServiceInstanceState, ServiceInstanceFeedback>
  | typeof ComputeServiceInstance
  | Model<'TenantWithContainer', TenantWithContainerState, TenantWithContainerFeedback>
  | typeof ExampleServiceInstance;

/** A share of a service that runs machines */
export interface ComputeServiceInstanceState {
  name: string | null;
  /** For the service's own use */
  service_specific_id: string | null;
  /** For the service's own use */
  service_specific_attribute: string | null;
  /**
   * Grows when a link to a provider goes away
   * @default 0
   */
  link_deleted_count: number | null;
  /** The service that it is a share of */
  owner: Ref<AnyService>;
  /** The one that brought this one about */
  master_serviceinstance: Ref<AnyServiceInstance> | null;
  slice: Ref<typeof Slice>;
  image: Ref<typeof Image>;
}
export interface ComputeServiceInstanceFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const ComputeServiceInstance = defineModel<
  'ComputeServiceInstance',
  ComputeServiceInstanceState,
  ComputeServiceInstanceFeedback,
  'name' | 'service_specific_id' | 'service_specific_attribute' | 'link_deleted_count' | 'master_serviceinstance'
>('ComputeServiceInstance');

/** A service instance with a machine of its own */
export interface TenantWithContainerState {
  name: string | null;
  /** For the service's own use */
  service_specific_id: string | null;
  /** For the service's own use */
  service_specific_attribute: string | null;
  /**
   * Grows when a link to a provider goes away
   * @default 0
   */
  link_deleted_count: number | null;
  external_hostname: string | null;
  external_container: string | null;
  /** The service that it is a share of */
  owner: Ref<AnyService>;
  /** The one that brought this one about */
  master_serviceinstance: Ref<AnyServiceInstance> | null;
  /** The machine */
  instance: Ref<typeof Instance> | null;
  creator: Ref<typeof User> | null;
}
export interface TenantWithContainerFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const TenantWithContainer = defineModel<
  'TenantWithContainer' | 'ExampleServiceInstance',
  TenantWithContainerState,
  TenantWithContainerFeedback,
  'name' | 'service_specific_id' | 'service_specific_attribute' | 'link_deleted_count' | 'external_hostname' | 'external_container' | 'master_serviceinstance' | 'instance' | 'creator'
>('TenantWithContainer');
/** Any Tenant With Container: what a link to one may hold. Follow it, then `switch (object.model)`. */
export type AnyTenantWithContainer =
  | Model<'TenantWithContainer', TenantWithContainerState, TenantWithContainerFeedback>
  | typeof ExampleServiceInstance;

/** A part of a service whose slices trust each other */
export interface TrustDomainState {
  name: string;
  owner: Ref<AnyService>;
}
export interface TrustDomainFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const TrustDomain = defineModel<
  'TrustDomain',
  TrustDomainState,
  TrustDomainFeedback
>('TrustDomain');

/** An identity that a slice acts under */
export interface PrincipalState {
  name: string;
  trust_domain: Ref<typeof TrustDomain>;
}
export interface PrincipalFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Principal = defineModel<
  'Principal',
  PrincipalState,
  PrincipalFeedback
>('Principal');

/** A size of machines */
export interface FlavorState {
  name: string;
  description: string | null;
  /** What the back end calls it */
  flavor: string;
}
export interface FlavorFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Flavor = defineModel<
  'Flavor',
  FlavorState,
  FlavorFeedback,
  'description'
>('Flavor');

/** What a machine's disk holds when it first starts */
export interface ImageState {
  name: string;
  /** @default 'vm' */
  kind: 'vm' | 'container';
  disk_format: string | null;
  container_format: string | null;
  /** Where the image lies */
  path: string | null;
  /** The tag of a container image */
  tag: string | null;
}
export interface ImageFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Image = defineModel<
  'Image',
  ImageState,
  ImageFeedback,
  'kind' | 'disk_format' | 'container_format' | 'path' | 'tag'
>('Image');

/** A computer that machines run on */
export interface NodeState {
  name: string;
  bridgeId: string | null;
  dataPlaneIntf: string | null;
  dataPlaneIp: string | null;
  hostManagementIface: string | null;
  /** The keys that its sshd shows, one per line */
  host_keys: string | null;
  site: Ref<typeof Site>;
}
export interface NodeFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Node = defineModel<
  'Node',
  NodeState,
  NodeFeedback,
  'bridgeId' | 'dataPlaneIntf' | 'dataPlaneIp' | 'hostManagementIface' | 'host_keys'
>('Node');

/** Machines and networks that belong together */
export interface SliceState {
  name: string;
  description: string | null;
  /** @default true */
  enabled: boolean;
  /** @default 10 */
  max_instances: number;
  network: 'host' | 'bridged' | 'noauto' | '' | null;
  exposed_ports: string | null;
  /** @default 'vm' */
  default_isolation: 'vm' | 'container' | 'container_vm';
  mount_data_sets: string | null;
  /** @default 0 */
  controller_replica_count: number | null;
  controller_kind: string | null;
  site: Ref<typeof Site>;
  service: Ref<AnyService> | null;
  creator: Ref<typeof User> | null;
  default_flavor: Ref<typeof Flavor> | null;
  default_image: Ref<typeof Image> | null;
  default_node: Ref<typeof Node> | null;
  trust_domain: Ref<typeof TrustDomain> | null;
  principal: Ref<typeof Principal> | null;
}
export interface SliceFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
}
export const Slice = defineModel<
  'Slice',
  SliceState,
  SliceFeedback,
  'description' | 'enabled' | 'max_instances' | 'network' | 'exposed_ports' | 'default_isolation' | 'mount_data_sets' | 'controller_replica_count' | 'controller_kind' | 'service' | 'creator' | 'default_flavor' | 'default_image' | 'default_node' | 'trust_domain' | 'principal'
>('Slice');

/** A machine: virtual, or a container */
export interface InstanceState {
  name: string;
  /** Where the machine is reached */
  ip: string | null;
  /** @default 'vm' */
  isolation: 'vm' | 'container' | 'container_vm';
  numberCores: number | null;
  /** What is handed to the machine when it first starts */
  userData: string | null;
  image: Ref<typeof Image> | null;
  creator: Ref<typeof User> | null;
  slice: Ref<typeof Slice>;
  node: Ref<typeof Node> | null;
  flavor: Ref<typeof Flavor> | null;
}
export interface InstanceFeedback {
  /** What the back end calls this object */
  backend_handle: string | null;
  /** What the back end calls it */
  instance_name: string | null;
  instance_uuid: string | null;
  /** The keys that its sshd shows, one per line */
  host_keys: string | null;
}
export const Instance = defineModel<
  'Instance',
  InstanceState,
  InstanceFeedback,
  'ip' | 'isolation' | 'numberCores' | 'userData' | 'image' | 'creator' | 'node' | 'flavor'
>('Instance');
