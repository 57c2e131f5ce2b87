# What the area `push` is made of. Its values are in envs/*/push.tfvars.

variable "region" {
  type = string
}

variable "tags" {
  type = map(string)
}
