// Where null may stand is said by attributes, since the source is kept to C# 7.2. They are part of
// .NET since Core 3.0; compilers know them by name elsewhere.
#if !NETCOREAPP3_0_OR_GREATER
namespace System.Diagnostics.CodeAnalysis
{
    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
    internal sealed class AllowNullAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Property)]
    internal sealed class MaybeNullAttribute : Attribute
    {
    }
}
#endif
