# The network between object storage, the push service and the machines.

region = "eu-north-1"

admin_ranges = ["10.50.0.0/16"]

flow_logs = false

private_endpoints = ["object-storage"]

tags = {
  service     = "network"
  env         = "stage"
  owner       = "Platform"
  cost-centre = "CC-2000"
}
