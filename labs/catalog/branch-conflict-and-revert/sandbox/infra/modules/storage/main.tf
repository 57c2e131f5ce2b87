# What the area `storage` is made of. Its values are in envs/*/storage.tfvars.

variable "region" {
  type = string
}

variable "tags" {
  type = map(string)
}
