# What the area `network` is made of. Its values are in envs/*/network.tfvars.

variable "region" {
  type = string
}

variable "tags" {
  type = map(string)
}
